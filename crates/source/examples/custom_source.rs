//! A custom source that keeps its files in memory, checked against the contract.
//!
//! `cargo run -p cusip-source --example custom_source --features conformance`

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, PoisonError},
};

use cusip_source::{
    Chunk, Error, FileBody, FileKey, FileMeta, FileSource, FileSourceExt, ListOptions, OpenFile,
    OpenOptions, Selection, SourceFuture,
    conformance::{self, ConformanceStore},
};

/// Files in memory. Each version of a file has its own entity tag.
#[derive(Debug, Default)]
struct Memory {
    files: Mutex<Files>,
}

#[derive(Debug, Default)]
struct Files {
    by_key: BTreeMap<FileKey, (FileMeta, Chunk)>,
    versions: u64,
}

impl Memory {
    fn put(&self, name: &str, content: &[u8]) -> Result<(), Error> {
        let key = FileKey::new(name)?;
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.versions += 1;
        let meta = FileMeta::new(key.clone(), format!("memory:/{name}"))
            .with_size(content.len() as u64)
            .with_e_tag(format!("\"{}\"", files.versions));
        files
            .by_key
            .insert(key, (meta, Chunk::from(content.to_vec())));
        Ok(())
    }

    fn find(&self, key: &FileKey, options: &OpenOptions) -> Result<OpenFile, Error> {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((meta, content)) = files.by_key.get(key) else {
            return Err(Error::FileNotFound {
                location: format!("memory:/{key}"),
            });
        };
        options.check(meta)?;
        let body = FileBody::from_chunks([Ok(content.clone())]);
        Ok(OpenFile::new(meta.clone(), body))
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("memory:")
    }
}

impl FileSource for Memory {
    fn list(&self, options: ListOptions) -> SourceFuture<'_, Result<Vec<FileMeta>, Error>> {
        Box::pin(async move {
            let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
            let mut selection = Selection::new(&options);
            for (meta, _) in files.by_key.values() {
                selection.add(meta.clone());
            }
            Ok(selection.into_files())
        })
    }

    fn open<'a>(
        &'a self,
        key: &'a FileKey,
        options: OpenOptions,
    ) -> SourceFuture<'a, Result<OpenFile, Error>> {
        Box::pin(async move { self.find(key, &options) })
    }
}

impl ConformanceStore for Memory {
    fn source(&self) -> &dyn FileSource {
        self
    }

    fn put<'a>(&'a self, name: &'a str, content: &'a [u8]) -> SourceFuture<'a, ()> {
        Box::pin(async move { Memory::put(self, name, content).expect("the names are valid keys") })
    }
}

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "an example prints its results")]
async fn main() -> Result<(), Error> {
    let memory = Memory::default();
    memory.put("CED07-02R.PIP", b"037833|10\n999999|1\n")?;
    for listed in memory.list_named("ced07-02").await? {
        let content = memory
            .open_listed(&listed)
            .await?
            .body
            .read_to_end()
            .await?;
        println!("{}: {} bytes", listed.location, content.len());
    }
    conformance::run_all(&memory).await;
    println!("{memory} keeps the contract");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn memory_keeps_the_contract() {
        conformance::run_all(&Memory::default()).await;
    }
}
