//! A product and its cases, and where they lie.

use std::path::{Path, PathBuf};

use super::{Cases, cases_of, is_cases, product_of};
use crate::contract::Product;
use crate::document::{Fault, Faults, Place};
use crate::settings::read_text;

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
        let sheet = read_text(&product, "name a product, its cases, or a folder of products", faults)?;
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

/// The term sheets of a folder, by name: its TOML files without those of cases.
pub fn product_files(folder: &Path, faults: &mut Faults) -> Vec<PathBuf> {
    let mut files = toml_files(folder, faults);
    files.retain(|file| !is_cases(file));
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
