"""Reads exports with the libraries that insurers use, and prints what they hold: sums by currency in minor units."""
import datetime
import decimal
import json
import sys

import openpyxl
import pyarrow
import pyarrow.parquet

PLACES = {"JPY": 0, "KWD": 3}


def minor(amount, currency):
    scaled = decimal.Decimal(str(amount)).scaleb(PLACES.get(currency, 2))
    assert scaled == scaled.to_integral_value(), (amount, currency)
    return int(scaled)


def sums(rows):
    by_currency = {}
    for row in rows:
        if row["payable"] is None:
            continue
        currency = row["currency"]
        by_minor, by_amount = by_currency.setdefault(currency, [0, 0])
        by_currency[currency] = [by_minor + row["payable_minor"], by_amount + minor(row["payable"], currency)]
    return by_currency


def xlsx(path):
    sheet = openpyxl.load_workbook(path)["payouts"]
    assert sheet.freeze_panes == "A2", sheet.freeze_panes
    header, *lines = sheet.iter_rows(values_only=True)
    rows = [dict(zip(header, line)) for line in lines]
    for row in rows:
        row["payable_minor"] = int(row["payable_minor"])
        assert isinstance(row["period_start"], datetime.datetime) and isinstance(row["as_of"], datetime.datetime), row
    form = sheet.cell(2, header.index("amount") + 1)
    return {"rows": len(rows), "sums": sums(rows), "first": [str(rows[0]["period_start"]), form.number_format]}


def parquet(path):
    table = pyarrow.parquet.read_table(path)
    kinds = {name: str(table.schema.field(name).type) for name in ["policy", "period_start", "as_of", "payable", "seq"]}
    return {"rows": table.num_rows, "sums": sums(table.to_pylist()), "kinds": kinds}


print(json.dumps({"xlsx": xlsx(sys.argv[1]), "parquet": parquet(sys.argv[2])}))
