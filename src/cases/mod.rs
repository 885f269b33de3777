//! An author's own cases: beside a product, `NAME.toml`, stands `NAME.cases.toml`: readings with gaps in, and what is to
//! come out. They run through the same `settle` as everything else.

mod case;
mod course;
mod expect;
mod expect_interim;
mod literal;
mod notation;
mod run;
mod suite;
mod told;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::contract::Product;
use crate::document::{Fault, Faults};

pub use case::{Case, Cases};
pub use expect::Difference;
pub use run::{CaseResult, Look};
pub use suite::{Suite, product_files};

const ENDING: &str = ".cases.toml";

/// Whether a file is one of cases, by its name.
pub fn is_cases(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.ends_with(ENDING))
}

/// The cases of a product: `rain.cases.toml` of `rain.toml`.
pub fn cases_of(product: &Path) -> PathBuf {
    product.with_extension(&ENDING[1..])
}

/// The product of cases: `rain.toml` of `rain.cases.toml`.
pub fn product_of(cases: &Path) -> PathBuf {
    cases.with_extension("").with_extension("toml")
}

/// In strict mode a product that policies use has cases, and all of them come out as expected.
pub fn check_strictly<'p>(products: impl Iterator<Item = &'p Arc<Product>>, faults: &mut Faults) {
    for product in products {
        // A product was read under the name of its file.
        let path = cases_of(Path::new(product.source.name()));
        if !path.is_file() {
            let message = format!("policies use {}, and it has no cases", product.reference());
            let hint = format!("write {}, or set strict = false in [book] of the settings", path.display());
            faults.push(Fault::new(&product.place, message).hint(hint));
            continue;
        }
        let Some(cases) = Cases::load(product, &path, faults) else { continue };
        for case in &cases.cases {
            let Some(result) = case.run(product, faults) else { continue };
            let found = result.looks.iter().flat_map(|look| &look.differences).map(ToString::to_string);
            let found: Vec<_> = found.collect();
            if !found.is_empty() {
                let message = format!("the case fails: {}", found.join("; "));
                let hint = format!("`fairgauge test {}` shows the way of the number", path.display());
                faults.push(Fault::new(&case.place, message).hint(hint));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_stand_beside_their_product() {
        for (product, cases) in [("p/rain.toml", "p/rain.cases.toml"), ("rain.v2.toml", "rain.v2.cases.toml")] {
            let (product, cases) = (Path::new(product), Path::new(cases));
            assert_eq!(cases_of(product), cases);
            assert_eq!(product_of(cases), product);
            assert!(is_cases(cases) && !is_cases(product));
        }
    }
}
