//! A product and its cases, and where they lie.

use std::path::{Path, PathBuf};

use super::{Cases, cases_of, is_cases, product_of};
use crate::contract::Product;
use crate::document::{Fault, Faults, Place};
use crate::sheets::read_sheet;

/// A product with its cases.
#[derive(Debug)]
pub struct Suite {
    /// The product.
    pub product: Product,
    /// The file of the cases, whether it is there or not.
    pub path: PathBuf,
    /// The cases; none where there is no such file.
    pub cases: Option<Cases>,
}

impl Suite {
    /// Reads a product's file and the cases beside it; `path` may name either.
    pub fn load(path: &Path, faults: &mut Faults) -> Option<Self> {
        let named = is_cases(path);
        let (product, path) =
            if named { (product_of(path), path.to_owned()) } else { (path.to_owned(), cases_of(path)) };
        let before = faults.len();
        let sheet = read_sheet(&product, "name a product, its cases, or a folder of products", faults)?;
        let product = Product::read(&sheet, faults)?;
        let cases = if named || path.exists() { Cases::load(&product, &path, faults) } else { None };
        (faults.len() == before).then_some(Self { product, path, cases })
    }

    /// The products of a folder, by name. Cases without their product are faults.
    pub fn products_of(folder: &Path, faults: &mut Faults) -> Vec<PathBuf> {
        let (cases, products): (Vec<_>, Vec<_>) =
            toml_files(folder, faults).into_iter().partition(|path| is_cases(path));
        for alone in cases.iter().filter(|cases| !products.contains(&product_of(cases))) {
            let place = Place::File(alone.display().to_string());
            let fault = Fault::new(&place, format!("there is no {} beside it", product_of(alone).display()));
            faults.push(fault.hint("cases are called as their product: rain.cases.toml of rain.toml"));
        }
        products
    }
}

/// The term sheets at paths, each once: files, and of a folder, by name, its TOML files without those of cases.
pub fn product_files(paths: &[PathBuf], faults: &mut Faults) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = Vec::new();
    for path in paths {
        let named = path.is_file() || (path.extension().is_some_and(|end| end == "toml") && !path.is_dir());
        let found = if named { vec![path.clone()] } else { toml_files(path, faults) };
        for file in found {
            if is_cases(&file) {
                if *path == file {
                    let fault = Fault::new(&Place::File(file.display().to_string()), "these are cases, no product");
                    faults.push(fault.hint("name the product beside them; its cases are found by its name"));
                }
            } else if !files.contains(&file) {
                files.push(file);
            }
        }
    }
    files
}

fn toml_files(folder: &Path, faults: &mut Faults) -> Vec<PathBuf> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            let place = Place::File(folder.display().to_string());
            let fault = Fault::new(&place, format!("the folder of products cannot be read: {error}"));
            faults.push(fault.hint("correct [book] products in the settings"));
            return Vec::new();
        }
    };
    let files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut files: Vec<_> =
        files.filter(|file| file.extension().is_some_and(|extension| extension == "toml")).collect();
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_files_and_what_lies_in_folders() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("more")).expect("a folder");
        for name in ["rain.toml", "rain.cases.toml", "notes.txt", "more/b.toml", "more/a.toml", "more/a.cases.toml"] {
            std::fs::write(at(name), "").expect("a file");
        }
        for (paths, files, fault, why) in [
            (&["more"][..], &["more/a.toml", "more/b.toml"][..], None, "a folder, by name, without cases"),
            (&["rain.toml", "more"], &["rain.toml", "more/a.toml", "more/b.toml"], None, "a file and a folder"),
            (&["more/b.toml", "more"], &["more/b.toml", "more/a.toml"], None, "named twice, read once"),
            (&["rain.cases.toml"], &[], Some("these are cases, no product"), "cases by name"),
            (&["less"], &[], Some("the folder of products cannot be read"), "no such folder"),
            (&["less.toml"], &["less.toml"], None, "a file that is not there is told of when it is read"),
        ] {
            let mut faults = Faults::new();
            let paths: Vec<_> = paths.iter().map(|path| at(path)).collect();
            let expected: Vec<_> = files.iter().map(|path| at(path)).collect();
            assert_eq!(product_files(&paths, &mut faults), expected, "{why}");
            let messages: Vec<_> = faults.iter().map(|fault| fault.message().to_owned()).collect();
            assert_eq!(messages.len(), usize::from(fault.is_some()), "{why}: {messages:?}");
            assert!(fault.is_none_or(|fault| messages[0].starts_with(fault)), "{why}: {messages:?}");
        }
    }
}
