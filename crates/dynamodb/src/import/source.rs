//! The records of an import's files, in batches. Blocks; to be run where that may be.

use super::{Compression, Import, InputFormat};
use crate::formats::csv::{self, Columns};
use crate::formats::{FormatError, dynamodb_json, ion};
use crate::item::Item;
use flate2::read::MultiGzDecoder;
use ruzstd::decoding::StreamingDecoder;
use s3_folder::{Folder, S3Error};
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use tokio::sync::mpsc::Sender;

/// How many items a batch has, at most.
const BATCH: usize = 200;
/// How many bytes of items, about.
const BATCH_BYTES: usize = 2 * 1024 * 1024;

/// Some records.
#[derive(Debug, Default)]
pub struct Batch {
    /// How many records there were, items or not.
    pub records: i64,
    pub items: Vec<Item>,
    bytes: usize,
}

/// Collects records into batches. Whoever gets them may have gone: then reading ends.
struct Sink<'a> {
    batches: &'a Sender<Batch>,
    batch: Batch,
}

/// Reads all files of an import, and answers how many bytes they have.
///
/// # Errors
/// [`S3Error`] if they cannot be read.
pub fn read(folder: &Folder, import: &Import, batches: &Sender<Batch>) -> Result<i64, S3Error> {
    let wanted = &import.wanted;
    let prefix = wanted.prefix.as_deref().unwrap_or_default();
    let mut sink = Sink {
        batches,
        batch: Batch::default(),
    };
    let mut bytes = 0;
    for path in folder.list(&wanted.bucket, prefix)? {
        let failed = |source| S3Error::File {
            path: path.clone(),
            source,
        };
        bytes += path.metadata().map_err(failed)?.len();
        let reader = open(&path, wanted.compression);
        match reader.and_then(|mut reader| read_file(&mut reader, import, &mut sink)) {
            Ok(()) => {}
            Err(error) if is_damage(&error) => {
                tracing::warn!(path = %path.display(), %error, "a file that cannot be read to its end");
                sink.add(Err(FormatError::NotAnItem));
            }
            Err(error) => return Err(failed(error)),
        }
    }
    sink.send();
    Ok(i64::try_from(bytes).unwrap_or(i64::MAX))
}

/// Whether what a file holds is to blame, and not the machine.
fn is_damage(error: &io::Error) -> bool {
    use io::ErrorKind as K;
    matches!(
        error.kind(),
        K::InvalidData | K::InvalidInput | K::UnexpectedEof | K::Other
    )
}

fn open(path: &Path, compression: Compression) -> io::Result<Box<dyn BufRead>> {
    let file = BufReader::new(File::open(path)?);
    Ok(match compression {
        Compression::None => Box::new(file),
        Compression::Gzip => Box::new(BufReader::new(MultiGzDecoder::new(file))),
        Compression::Zstd => {
            let decoder = StreamingDecoder::new(file);
            let decoder = decoder
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))?;
            Box::new(BufReader::new(decoder))
        }
    })
}

fn read_file(reader: &mut impl BufRead, import: &Import, sink: &mut Sink<'_>) -> io::Result<()> {
    match &import.wanted.format {
        InputFormat::DynamodbJson => read_lines(reader, sink),
        InputFormat::Ion => {
            let mut text = String::new();
            reader.read_to_string(&mut text)?;
            let mut items = ion::Reader::new(&text);
            while let Some(item) = items.next_item() {
                sink.add(item);
            }
            Ok(())
        }
        InputFormat::Csv { delimiter, header } => {
            let delimiter = delimiter.and_then(|c| u8::try_from(c).ok()).unwrap_or(b',');
            let names = match header {
                Some(names) => names.clone(),
                None => csv::next_record(reader, delimiter)?.unwrap_or_default(),
            };
            let keys = import.table.attributes.clone();
            let columns = Columns { names, keys };
            while let Some(fields) = csv::next_record(reader, delimiter)? {
                sink.add(columns.item(fields));
            }
            Ok(())
        }
    }
}

fn read_lines(reader: &mut impl BufRead, sink: &mut Sink<'_>) -> io::Result<()> {
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        if !line.trim_ascii().is_empty() {
            sink.add(dynamodb_json::read(&line));
        }
        line.clear();
    }
    Ok(())
}

impl Sink<'_> {
    fn add(&mut self, record: Result<Item, FormatError>) {
        self.batch.records += 1;
        match record {
            Ok(item) => {
                self.batch.bytes += item.size_bytes();
                self.batch.items.push(item);
            }
            Err(error) => tracing::debug!(%error, "a record that is no item"),
        }
        if self.batch.items.len() >= BATCH || self.batch.bytes >= BATCH_BYTES {
            self.send();
        }
    }

    fn send(&mut self) {
        // If nobody takes it, the import has failed already.
        let _ = self.batches.blocking_send(std::mem::take(&mut self.batch));
    }
}
