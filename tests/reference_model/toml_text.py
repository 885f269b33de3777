"""A product as TOML text, in the form in which term sheets are written: tables by section, the rest inline."""
import json


def inline(x):
    if isinstance(x, dict):
        return "{ " + ", ".join(f"{k} = {inline(v)}" for k, v in x.items()) + " }"
    if isinstance(x, list):
        return "[" + ", ".join(map(inline, x)) + "]"
    return json.dumps(x, ensure_ascii=False)


def section(name, table):
    """A table, and behind it the arrays of tables in it (`limb`, `gate`)."""
    arrays = {k: v for k, v in table.items() if k in ("limb", "gate") and isinstance(v, list)}
    lines = [name] + [f"{k} = {inline(v)}" for k, v in table.items() if k not in arrays]
    for key, entries in arrays.items():
        for entry in entries:
            lines += [f"[[cover.{key}]]"] + [f"{k} = {inline(v)}" for k, v in entry.items()]
    return "\n".join(lines) + "\n"


def product_text(product):
    """`product` by sections; `cover` is a list."""
    texts = [section(f"[{name}]", table) for name, table in product.items() if name != "cover" and table]
    return "".join(texts + [section("[[cover]]", cover) for cover in product["cover"]])
