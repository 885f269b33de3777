//! Writes what a package says of the crates in it: `components.cdx.json`, a CycloneDX list of components, and
//! `THIRD-PARTY`, the licences with their texts.
//!
//! ```text
//! cargo run -p packaging -- TARGET FOLDER
//! ```

#![allow(missing_docs, reason = "a program")]

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// Whose components are listed.
const ROOT: &str = "fairgauge";
/// How files with licences are called.
const LICENCES: [&str; 6] = ["license", "licence", "copying", "notice", "unlicense", "copyright"];

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let (Some(target), Some(folder)) = (arguments.next(), arguments.next().map(PathBuf::from)) else {
        return Err("name the target, such as x86_64-unknown-linux-musl, and the folder to write into".into());
    };
    let metadata = cargo(&["metadata", "--format-version", "1", "--filter-platform", &target])?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    // The metadata name what features that are off would bring, too.
    let tree = cargo(&["tree", "-p", ROOT, "-e", "normal", "--prefix", "none", "--target", &target])?;
    let root = PathBuf::from(text(&metadata, "workspace_root")?);
    let crates =
        Crate::all(&metadata, &compiled(&tree), &checksums(&std::fs::read_to_string(root.join("Cargo.lock"))?)?)?;
    let allowed = allowed(&std::fs::read_to_string(root.join("deny.toml"))?)?;
    let bad: Vec<_> = crates.iter().filter(|one| !is_allowed(&one.licence, &allowed)).collect();
    if !bad.is_empty() {
        let named: Vec<_> = bad.iter().map(|one| format!("{} ({})", one.name, one.licence)).collect();
        return Err(format!("not under a licence of the list: {}", named.join(", ")).into());
    }
    std::fs::write(folder.join("components.cdx.json"), serde_json::to_string_pretty(&components(&crates))? + "\n")?;
    std::fs::write(folder.join("THIRD-PARTY"), licences(&crates)?)?;
    println!("{} components", crates.len() - 1);
    Ok(())
}

/// What cargo prints.
fn cargo(arguments: &[&str]) -> Result<String, Failure> {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = std::process::Command::new(program).args(arguments).arg("--locked").output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// References of the crates in a tree that cargo printed: `name v1.2.3 (from)` in each line.
fn compiled(tree: &str) -> BTreeSet<String> {
    let one = |line: &str| {
        let mut words = line.split(' ');
        Some(format!("pkg:cargo/{}@{}", words.next()?, words.next()?.strip_prefix('v')?))
    };
    tree.lines().filter_map(one).collect()
}

/// A crate that is compiled into the program.
struct Crate {
    name: String,
    version: String,
    licence: String,
    repository: Option<String>,
    /// SHA-256 of what the registry gave, in hexadecimal digits; none of our own.
    checksum: Option<String>,
    folder: PathBuf,
    /// Those that it uses.
    uses: BTreeSet<String>,
}

impl Crate {
    /// Those that the program's own crate reaches by what is compiled in, by name and version; neither what tests nor
    /// what builds need.
    fn all(
        metadata: &Value,
        compiled: &BTreeSet<String>,
        checksums: &BTreeMap<(String, String), String>,
    ) -> Result<Vec<Self>, Failure> {
        let packages: BTreeMap<&str, &Value> = list(metadata, "packages")?
            .iter()
            .map(|package| Ok((text(package, "id")?, package)))
            .collect::<Result<_, Failure>>()?;
        let nodes: BTreeMap<&str, &Value> = list(&metadata["resolve"], "nodes")?
            .iter()
            .map(|node| Ok((text(node, "id")?, node)))
            .collect::<Result<_, Failure>>()?;
        let own = packages.iter().find(|(_, package)| package["name"] == ROOT).ok_or("there is no crate of ours")?.0;
        let (mut found, mut open) = (BTreeMap::new(), vec![*own]);
        while let Some(id) = open.pop() {
            if found.contains_key(id) {
                continue;
            }
            let mut uses = BTreeSet::new();
            for used in list(nodes[id], "deps")? {
                let is_normal = list(used, "dep_kinds")?.iter().any(|kind| kind["kind"].is_null());
                let used = text(used, "pkg")?;
                let reference = reference(packages[used])?;
                if is_normal && compiled.contains(&reference) {
                    uses.insert(reference);
                    open.push(used);
                }
            }
            let package = packages[id];
            let (name, version) = (text(package, "name")?.to_owned(), text(package, "version")?.to_owned());
            let manifest = Path::new(text(package, "manifest_path")?);
            found.insert(
                id,
                Self {
                    licence: package["license"].as_str().unwrap_or("none").to_owned(),
                    repository: package["repository"].as_str().map(str::to_owned),
                    checksum: checksums.get(&(name.clone(), version.clone())).cloned(),
                    folder: manifest.parent().ok_or("a manifest in no folder")?.to_owned(),
                    uses,
                    name,
                    version,
                },
            );
        }
        let mut crates: Vec<_> = found.into_values().collect();
        crates.sort_by(|one, other| (&one.name, &one.version).cmp(&(&other.name, &other.version)));
        Ok(crates)
    }

    fn reference(&self) -> String {
        format!("pkg:cargo/{}@{}", self.name, self.version)
    }
}

fn reference(package: &Value) -> Result<String, Failure> {
    Ok(format!("pkg:cargo/{}@{}", text(package, "name")?, text(package, "version")?))
}

/// What the registry said of each crate, by name and version.
fn checksums(lock: &str) -> Result<BTreeMap<(String, String), String>, Failure> {
    let lock: toml::Table = lock.parse()?;
    let packages = lock.get("package").and_then(toml::Value::as_array).ok_or("Cargo.lock has no packages")?;
    let of = |package: &toml::Value, key: &str| Some(package.get(key)?.as_str()?.to_owned());
    let one = |package| Some(((of(package, "name")?, of(package, "version")?), of(package, "checksum")?));
    Ok(packages.iter().filter_map(one).collect())
}

/// Licences under which a crate may come: those that `cargo deny` lets in, too.
fn allowed(deny: &str) -> Result<BTreeSet<String>, Failure> {
    let deny: toml::Table = deny.parse()?;
    let allowed = deny.get("licenses").and_then(|licenses| licenses.get("allow")).and_then(toml::Value::as_array);
    let allowed = allowed.ok_or("deny.toml has no licences")?.iter();
    Ok(allowed.filter_map(toml::Value::as_str).map(str::to_owned).collect())
}

/// Whether a licence is on the list: of a choice one has to be, of several that hold together each.
fn is_allowed(licence: &str, allowed: &BTreeSet<String>) -> bool {
    // The old way to write a choice.
    let licence = licence.replace('/', " OR ").replace(['(', ')'], "");
    let all = |part: &str| part.split(" AND ").all(|one| allowed.contains(one.trim()));
    // `A AND (B OR C)` has no brackets by now: then each of the parts has to be on the list.
    match licence.contains(" AND ") {
        true => licence.split(" OR ").all(all),
        false => licence.split(" OR ").any(all),
    }
}

fn components(crates: &[Crate]) -> Value {
    let component = |one: &Crate| {
        let mut component = json!({
            "type": if one.name == ROOT { "application" } else { "library" },
            "bom-ref": one.reference(),
            "name": one.name,
            "version": one.version,
            "purl": one.reference(),
            "licenses": [{ "expression": one.licence.replace('/', " OR ") }],
        });
        if let Some(checksum) = &one.checksum {
            component["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
        }
        if let Some(repository) = &one.repository {
            component["externalReferences"] = json!([{ "type": "vcs", "url": repository }]);
        }
        component
    };
    let uses = |one: &Crate| json!({ "ref": one.reference(), "dependsOn": one.uses });
    json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": crates.iter().find(|one| one.name == ROOT).map(component) },
        "components": crates.iter().filter(|one| one.name != ROOT).map(component).collect::<Vec<_>>(),
        "dependencies": crates.iter().map(uses).collect::<Vec<_>>(),
    })
}

/// A line for each crate; then each text once, with those who have it.
fn licences(crates: &[Crate]) -> Result<String, Failure> {
    let mut all = String::from("Crates in Fairgauge, with their licences\n\n");
    let mut texts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for one in crates.iter().filter(|one| one.name != ROOT) {
        writeln!(all, "{} {}: {}", one.name, one.version, one.licence)?;
        for text in texts_of(&one.folder)? {
            texts.entry(text).or_default().insert(format!("{} {}", one.name, one.version));
        }
    }
    for (text, names) in texts {
        let names: Vec<_> = names.into_iter().collect();
        write!(all, "\n{}\n{}\n\n{}\n", "-".repeat(80), names.join(", "), text.trim_end())?;
    }
    Ok(all)
}

/// The licences that lie beside a manifest.
fn texts_of(folder: &Path) -> Result<BTreeSet<String>, Failure> {
    let mut texts = BTreeSet::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().to_lowercase();
        if entry.file_type()?.is_file() && LICENCES.iter().any(|start| name.starts_with(start)) {
            texts.insert(String::from_utf8_lossy(&std::fs::read(entry.path())?).replace("\r\n", "\n"));
        }
    }
    Ok(texts)
}

fn text<'v>(value: &'v Value, key: &str) -> Result<&'v str, Failure> {
    value[key].as_str().ok_or_else(|| format!("`{key}` is no text").into())
}

fn list<'v>(value: &'v Value, key: &str) -> Result<&'v [Value], Failure> {
    value[key].as_array().map(Vec::as_slice).ok_or_else(|| format!("`{key}` is no list").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_licence_is_on_the_list_or_the_package_is_not_built() {
        let allowed = allowed(include_str!("../../deny.toml")).unwrap();
        for (licence, wanted) in [
            ("MIT", true),
            ("MIT OR Apache-2.0", true),
            ("MIT/Apache-2.0", true),
            ("GPL-3.0 OR MIT", true),
            ("GPL-3.0", false),
            ("none", false),
            ("MIT AND GPL-3.0", false),
            ("Apache-2.0 AND ISC", true),
            ("(MIT OR Apache-2.0) AND Unicode-3.0", true),
            ("Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT", true),
        ] {
            assert_eq!(is_allowed(licence, &allowed), wanted, "{licence}");
        }
    }

    #[test]
    fn what_only_tests_and_builds_need_or_is_off_is_no_component() {
        let kind = |kind: Value| json!([{ "kind": kind }]);
        let package = |name: &str| json!({ "id": name, "name": name, "version": "1.0.0", "license": "MIT", "manifest_path": format!("/x/{name}/Cargo.toml") });
        let packages = ["fairgauge", "used", "deeper", "tested", "built", "off"].map(package);
        let metadata = json!({
            "packages": packages,
            "resolve": { "nodes": [
                { "id": "fairgauge", "deps": [
                    { "pkg": "used", "dep_kinds": kind(Value::Null) },
                    { "pkg": "tested", "dep_kinds": kind("dev".into()) },
                    { "pkg": "built", "dep_kinds": kind("build".into()) },
                ] },
                { "id": "used", "deps": [{ "pkg": "deeper", "dep_kinds": kind(Value::Null) }] },
                { "id": "deeper", "deps": [{ "pkg": "off", "dep_kinds": kind(Value::Null) }] },
            ] },
        });
        let lock = "[[package]]\nname = \"used\"\nversion = \"1.0.0\"\nchecksum = \"ab\"\n";
        let tree = "fairgauge v1.0.0 (/x)\nused v1.0.0\ndeeper v1.0.0\ntested v1.0.0 (*)\nbuilt v1.0.0\n";
        let crates = Crate::all(&metadata, &compiled(tree), &checksums(lock).unwrap()).unwrap();
        assert_eq!(crates.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["deeper", "fairgauge", "used"]);
        let listed = components(&crates);
        assert_eq!(listed["components"][1]["hashes"][0]["content"], "ab");
        assert_eq!(listed["dependencies"][2]["dependsOn"], json!(["pkg:cargo/deeper@1.0.0"]));
        assert_eq!(listed["metadata"]["component"]["name"], ROOT);
    }
}
