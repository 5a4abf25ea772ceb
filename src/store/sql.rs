//! SQL of the user's own on the tables of the store. It can read and do nothing else: the connection is read-only.

use super::error::explain;
use super::{Reader, StoreError};
use crate::model::Value;
use rusqlite::types::ValueRef;

impl Reader {
    /// Runs one statement and hands over its rows, one by one, until `take` says that it wants no more. Bytes are written
    /// in hex. The answer are the names of the columns.
    ///
    /// # Errors
    /// [`StoreError::Statement`] when the statement cannot be read, would write, or is more than one; else as with every
    /// question.
    pub fn sql(
        &self,
        text: &str,
        take: &mut dyn FnMut(&[String], Vec<Value>) -> bool,
    ) -> Result<Vec<String>, StoreError> {
        self.begin();
        let wrong = |error: rusqlite::Error| StoreError::Statement(explain(&error));
        let mut statement = self.scanner.connection.prepare(text).map_err(wrong)?;
        let names = statement.column_names().map(str::to_owned);
        let names: Vec<String> = names.collect();
        if !statement.readonly() || names.is_empty() {
            let reason = "it would change something, and the store is only read here";
            return Err(StoreError::Statement(reason.to_owned()));
        }
        let failed = StoreError::sql("run the statement");
        let mut rows = statement.query([]).map_err(&failed)?;
        while let Some(row) = rows.next().map_err(&failed)? {
            let value = |at| row.get_ref(at).map(value);
            let values = (0..names.len()).map(value).collect::<Result<_, _>>();
            if !take(&names, values.map_err(&failed)?) {
                break;
            }
        }
        Ok(names)
    }
}

fn value(value: ValueRef) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        ValueRef::Real(number) => Value::Float(number),
        ValueRef::Text(text) => Value::Str(String::from_utf8_lossy(text).into()),
        ValueRef::Blob(bytes) => Value::Str(hex(bytes).into()),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
