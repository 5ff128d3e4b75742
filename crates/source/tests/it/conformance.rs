//! The contract, checked for a local folder in every form in which programs hold a source.

use std::{fs, sync::Arc};

use cusip_source::{
    FileSource, LocalFolder, SourceFuture,
    conformance::{self, ConformanceStore},
};
use tempfile::TempDir;

struct Folder<S> {
    path: TempDir,
    source: S,
}

impl<S: FileSource> Folder<S> {
    fn new(hold: impl FnOnce(LocalFolder) -> S) -> Self {
        let path = tempfile::tempdir().unwrap();
        let source = hold(LocalFolder::new(path.path()));
        Self { path, source }
    }
}

impl<S: FileSource> ConformanceStore for Folder<S> {
    fn source(&self) -> &dyn FileSource {
        &self.source
    }

    fn put<'a>(&'a self, name: &'a str, content: &'a [u8]) -> SourceFuture<'a, ()> {
        Box::pin(async move { fs::write(self.path.path().join(name), content).unwrap() })
    }
}

/// Replaces files as careful uploaders do: writes them elsewhere, then renames them into place.
struct RenamingFolder(Folder<LocalFolder>);

impl ConformanceStore for RenamingFolder {
    fn source(&self) -> &dyn FileSource {
        self.0.source()
    }

    fn put<'a>(&'a self, name: &'a str, content: &'a [u8]) -> SourceFuture<'a, ()> {
        self.0.put(name, content)
    }

    fn replace<'a>(&'a self, name: &'a str, content: &'a [u8]) -> SourceFuture<'a, ()> {
        Box::pin(async move {
            self.put("uploading", content).await;
            let folder = self.0.path.path();
            fs::rename(folder.join("uploading"), folder.join(name)).unwrap();
        })
    }
}

#[tokio::test]
async fn local_folder_keeps_the_contract() {
    conformance::run_all(&Folder::new(|folder| folder)).await;
}

#[tokio::test]
async fn local_folder_keeps_the_contract_when_files_are_renamed_into_place() {
    conformance::run_all(&RenamingFolder(Folder::new(|folder| folder))).await;
}

#[tokio::test]
async fn shared_source_keeps_the_contract() {
    let store = Folder::new(|folder| Arc::new(folder) as Arc<dyn FileSource>);
    conformance::run_all(&store).await;
}

#[tokio::test]
async fn boxed_source_keeps_the_contract() {
    let store = Folder::new(|folder| Box::new(folder) as Box<dyn FileSource>);
    conformance::run_all(&store).await;
}
