//! Memory that encoding a batch needs and the next one can use again.

use super::blob::BlobWriter;
use super::column::ColumnBuilder;
use std::sync::Mutex;

/// The working memory of one thread.
pub(super) struct Scratch<'b> {
    pub blob: BlobWriter,
    /// A builder for every attribute name of the batch.
    pub builders: Vec<ColumnBuilder<'b>>,
    /// A builder for every built-in column.
    pub builtin: Vec<ColumnBuilder<'b>>,
    /// The values of built-in columns of numbers.
    pub numbers: Vec<Vec<i64>>,
}

impl<'b> Scratch<'b> {
    pub fn builders_for(&mut self, names: usize) {
        self.builders.resize_with(names, ColumnBuilder::default);
    }

    pub fn builtin_for(&mut self, numbers: usize, columns: usize) {
        if self.numbers.len() < numbers {
            self.numbers.resize_with(numbers, Vec::new);
        }
        if self.builtin.len() < columns {
            self.builtin.resize_with(columns, ColumnBuilder::default);
        }
    }

    /// The same memory for another batch.
    fn emptied<'a>(self) -> Scratch<'a> {
        let emptied = |builders: Vec<ColumnBuilder<'b>>| {
            builders.into_iter().map(ColumnBuilder::emptied).collect()
        };
        Scratch {
            blob: self.blob,
            builders: emptied(self.builders),
            builtin: emptied(self.builtin),
            numbers: self.numbers,
        }
    }
}

/// What no thread uses at the moment.
#[derive(Default)]
pub(super) struct Scratches(Mutex<Vec<Scratch<'static>>>);

impl Scratches {
    pub fn take<'b>(&self) -> Scratch<'b> {
        let kept = self.0.lock().ok().and_then(|mut kept| kept.pop());
        match kept {
            Some(scratch) => scratch.emptied(),
            None => Scratch {
                blob: BlobWriter::new(),
                builders: Vec::new(),
                builtin: Vec::new(),
                numbers: Vec::new(),
            },
        }
    }

    pub fn give(&self, scratch: Scratch) {
        if let Ok(mut kept) = self.0.lock() {
            kept.push(scratch.emptied());
        }
    }
}
