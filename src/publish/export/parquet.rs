//! Apache Parquet: amounts as decimals of 38 digits with four places, minor units as whole numbers, days and instants
//! (UTC) as such. An index is a text: its places are as many as the terms say. Every column may be null.

use std::io::Write;
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, FixedLenByteArray, FixedLenByteArrayType};
use parquet::data_type::{Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{Type, TypePtr};

use super::{Cells, ExportError, Sheet};
use crate::ledger::{Cell, Holds, PayoutRow};

/// Rows that are written together, and kept until then.
const GROUP: usize = 16_384;
/// Digits of an amount.
const PRECISION: i32 = 38;
/// Places of an amount: no currency has more.
const SCALE: u8 = 4;

/// A file of it.
pub(super) struct Parquet<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    columns: Vec<Kept>,
    rows: usize,
}

/// The cells of a column in a group: which of them there are, and those.
struct Kept {
    there: Vec<i16>,
    values: Values,
}

enum Values {
    Texts(Vec<ByteArray>),
    Wholes(Vec<i64>),
    Amounts(Vec<FixedLenByteArray>),
    Days(Vec<i32>),
    Flags(Vec<bool>),
}

impl<W: Write + Send> Parquet<W> {
    /// A file of rows of this name, with columns of these names.
    pub(super) fn new<'n>(
        out: W,
        name: &str,
        columns: impl Iterator<Item = (&'n str, Holds)> + Clone,
    ) -> Result<Self, ExportError> {
        let fields = columns.clone().map(|(name, holds)| field(name, holds)).collect::<Result<_, _>>();
        let fields = fields.map_err(refused)?;
        let schema = Type::group_type_builder(name).with_fields(fields).build().map_err(refused)?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by(concat!("fairgauge ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let writer = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties)).map_err(refused)?;
        let columns = columns.map(|(_, holds)| Kept { there: Vec::new(), values: Values::of(holds) });
        Ok(Self { writer, columns: columns.collect(), rows: 0 })
    }

    pub(super) fn add(&mut self, cells: &Cells<'_>) -> Result<(), ExportError> {
        for (Kept { there, values }, cell) in self.columns.iter_mut().zip(cells) {
            there.push(i16::from(cell.is_some()));
            if let Some(cell) = cell {
                values.push(cell);
            }
        }
        self.rows += 1;
        if self.rows == GROUP { self.write_group().map_err(refused) } else { Ok(()) }
    }

    fn write_group(&mut self) -> Result<(), ParquetError> {
        let mut group = self.writer.next_row_group()?;
        for Kept { there, values } in &mut self.columns {
            match values {
                Values::Texts(values) => write_column::<ByteArrayType, _>(&mut group, values, there)?,
                Values::Wholes(values) => write_column::<Int64Type, _>(&mut group, values, there)?,
                Values::Amounts(values) => write_column::<FixedLenByteArrayType, _>(&mut group, values, there)?,
                Values::Days(values) => write_column::<Int32Type, _>(&mut group, values, there)?,
                Values::Flags(values) => write_column::<BoolType, _>(&mut group, values, there)?,
            }
        }
        group.close()?;
        self.rows = 0;
        Ok(())
    }
}

fn write_column<T: DataType, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    values: &mut Vec<T::T>,
    there: &mut Vec<i16>,
) -> Result<(), ParquetError> {
    let mut column = group.next_column()?.expect("there are as many columns as in the schema");
    column.typed::<T>().write_batch(values, Some(there), None)?;
    column.close()?;
    values.clear();
    there.clear();
    Ok(())
}

impl<W: Write + Send> Sheet for Parquet<W> {
    fn line(&mut self, _: &PayoutRow, cells: &Cells<'_>) -> Result<(), ExportError> {
        self.add(cells)
    }

    fn total(&mut self, _: &Cells<'_>) -> Result<(), ExportError> {
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), ExportError> {
        if self.rows > 0 {
            self.write_group().map_err(refused)?;
        }
        self.writer.finish().map_err(refused)?;
        Ok(self.writer.inner_mut().flush()?)
    }
}

impl Values {
    fn of(holds: Holds) -> Self {
        match holds {
            Holds::Text | Holds::Decimal => Self::Texts(Vec::new()),
            Holds::Whole | Holds::Minor | Holds::Instant => Self::Wholes(Vec::new()),
            Holds::Money => Self::Amounts(Vec::new()),
            Holds::Day => Self::Days(Vec::new()),
            Holds::Flag => Self::Flags(Vec::new()),
        }
    }

    fn push(&mut self, cell: &Cell<'_>) {
        match (self, cell) {
            (Self::Texts(values), Cell::Text(text)) => values.push(text.as_bytes().to_vec().into()),
            (Self::Texts(values), Cell::Decimal(text)) => values.push(text.as_bytes().to_vec().into()),
            (Self::Wholes(values), Cell::Whole(number)) => {
                values.push(i64::try_from(*number).expect("a row's own number has 64 bits"));
            }
            (Self::Wholes(values), Cell::Instant(at)) => values.push(at.timestamp_millis()),
            (Self::Amounts(values), Cell::Money(minor, currency)) => {
                let scaled = minor * 10_i128.pow(u32::from(SCALE - currency.places()));
                values.push(scaled.to_be_bytes().to_vec().into());
            }
            (Self::Days(values), Cell::Day(day)) => values.push(day.to_epoch_days()),
            (Self::Flags(values), Cell::Flag(so)) => values.push(*so),
            _ => unreachable!("a column's cells are what the column holds"),
        }
    }
}

fn field(name: &str, holds: Holds) -> Result<TypePtr, ParquetError> {
    let (physical, logical) = match holds {
        Holds::Text | Holds::Decimal => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Holds::Whole | Holds::Minor => (Physical::INT64, None),
        Holds::Money => (Physical::FIXED_LEN_BYTE_ARRAY, Some(LogicalType::decimal(i32::from(SCALE), PRECISION))),
        Holds::Day => (Physical::INT32, Some(LogicalType::Date)),
        Holds::Flag => (Physical::BOOLEAN, None),
        Holds::Instant => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MILLIS))),
    };
    let mut builder =
        Type::primitive_type_builder(name, physical).with_repetition(Repetition::OPTIONAL).with_logical_type(logical);
    if holds == Holds::Money {
        builder = builder.with_length(16).with_precision(PRECISION).with_scale(i32::from(SCALE));
    }
    Ok(Arc::new(builder.build()?))
}

/// What the library says; a pipe that was closed stays one.
fn refused(error: ParquetError) -> ExportError {
    match error {
        ParquetError::External(source) => match source.downcast::<std::io::Error>() {
            Ok(error) => ExportError::Io(*error),
            Err(source) => ExportError::Refused { format: "parquet", reason: source.to_string() },
        },
        error => ExportError::Refused { format: "parquet", reason: error.to_string() },
    }
}
