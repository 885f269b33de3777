//! Packed files: bounded, whatever they say of their size.

use std::io::Read;

use super::decode::DecodeError;

/// The bytes behind gzip; those that are not packed as they are.
///
/// # Errors
/// Where they are cut off, broken, or more than `most` unpacked.
pub(super) fn gunzip(bytes: &[u8], most: usize) -> Result<Vec<u8>, DecodeError> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes.to_vec());
    }
    read_at_most(flate2::read::MultiGzDecoder::new(bytes), most, "the gzip file")
}

/// The files in a zip, by name, in its order; folders left out.
///
/// # Errors
/// Where it is cut off or broken, holds a thousand files or more, or more than `most` bytes unpacked.
pub(super) fn unzip(bytes: &[u8], most: usize) -> Result<Vec<(String, Vec<u8>)>, DecodeError> {
    let broken = |error: zip::result::ZipError| DecodeError::schema("the zip file", error.to_string());
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).map_err(broken)?;
    if archive.len() >= 1_000 {
        return Err(DecodeError::schema("the zip file", format!("it holds {} files", archive.len())));
    }
    let mut files = Vec::new();
    let mut left = most;
    for index in 0..archive.len() {
        let file = archive.by_index(index).map_err(broken)?;
        if file.is_dir() {
            continue;
        }
        let name = file.name().map_err(broken)?.into_owned();
        let bytes = read_at_most(file, left, &name)?;
        left -= bytes.len();
        files.push((name, bytes));
    }
    Ok(files)
}

fn read_at_most(packed: impl Read, most: usize, place: &str) -> Result<Vec<u8>, DecodeError> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX - 1) + 1;
    packed.take(limit).read_to_end(&mut bytes).map_err(|error| DecodeError::schema(place, error.to_string()))?;
    if bytes.len() > most {
        return Err(DecodeError::schema(place, format!("it has more than {most} bytes unpacked")));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::feed::http::fault_server::gzip;

    fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut packer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, bytes) in files {
            packer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            packer.write_all(bytes).unwrap();
        }
        packer.finish().unwrap().into_inner()
    }

    #[test]
    fn what_is_packed_comes_out_and_what_is_not_stays() {
        assert_eq!(gunzip(b"plain", 5).unwrap(), b"plain");
        let twice = [gzip(b"one "), gzip(b"two")].concat();
        assert_eq!(gunzip(&twice, 7).unwrap(), b"one two");
        let files = unzip(&zip(&[("a.csv", b"1,2"), ("b.csv", b"")]), 3).unwrap();
        assert_eq!(files, [("a.csv".to_owned(), b"1,2".to_vec()), ("b.csv".to_owned(), Vec::new())]);
    }

    #[test]
    fn bombs_and_broken_files_are_refused() {
        let bomb = gzip(&vec![b' '; 10 << 20]);
        assert!(bomb.len() < 20_000);
        assert!(gunzip(&bomb, 1 << 20).is_err_and(|error| error.to_string().contains("more than 1048576 bytes")));
        let packed = zip(&[("a", &vec![b' '; 10 << 20]), ("b", b"x")]);
        assert!(unzip(&packed, 1 << 20).is_err());
        assert!(unzip(&zip(&[("a", b"12"), ("b", b"34")]), 3).is_err(), "all of them together");
        let good = gzip(b"a few bytes that are long enough");
        for length in 2..good.len() {
            assert!(gunzip(&good[..length], 100).is_err(), "{length}");
        }
        let good = zip(&[("a.csv", b"1,2")]);
        for length in 0..good.len() {
            assert!(unzip(&good[..length], 100).is_err(), "{length}");
        }
    }
}
