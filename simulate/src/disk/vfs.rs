//! SQLite's way to the simulated disk: the functions in C that it calls.
//!
//! Everything here runs on the thread of the seed; connections never leave it.
#![allow(unsafe_code, reason = "SQLite takes its files from functions in C")]

use std::cell::{Cell, RefCell};
use std::ffi::{CStr, c_char, c_int, c_void};
use std::rc::Rc;

use rusqlite::ffi;

use super::file::Inode;
use super::{Fault, machine};

/// The name under which SQLite knows the disk.
pub const NAME: &str = "simulated";

/// Of one file: who reads, who may write.
#[derive(Default)]
pub(super) struct Locks {
    readers: Cell<usize>,
    /// The handle, by its number, that holds RESERVED or more, and what.
    writer: Cell<Option<(u64, c_int)>>,
}

/// Memory shared by connections, and its eight locks.
#[derive(Default)]
pub(super) struct Shared {
    regions: RefCell<Vec<Box<[u64; 4_096]>>>,
    users: Cell<usize>,
    readers: [Cell<u16>; 8],
    writers: [Cell<bool>; 8],
}

/// A file as it was opened.
struct Handle {
    inode: Rc<Inode>,
    process: u64,
    number: u64,
    level: c_int,
    /// Slots of the shared memory that it has locked.
    shared: u8,
    alone: u8,
    maps: bool,
    /// Removed when it is closed.
    goes: Option<String>,
    /// A log that is made where there is none: its first sync brings its name to the disk, too.
    named_by_sync: bool,
}

#[repr(C)]
struct File {
    base: ffi::sqlite3_file,
    handle: *mut Handle,
}

/// # Safety
/// `file` is one that `open` has made and `close` has not seen.
unsafe fn handle<'f>(file: *mut ffi::sqlite3_file) -> &'f mut Handle {
    unsafe { &mut *(*file.cast::<File>()).handle }
}

fn code(fault: Fault, failed: c_int) -> c_int {
    match fault {
        Fault::Full => ffi::SQLITE_FULL,
        Fault::Failed | Fault::Dead => failed,
    }
}

fn answer(result: Result<(), Fault>, failed: c_int) -> c_int {
    result.map_or_else(|fault| code(fault, failed), |()| ffi::SQLITE_OK)
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    unsafe {
        unlock(file, ffi::SQLITE_LOCK_NONE);
        shm_unmap(file, 0);
        let handle = Box::from_raw((*file.cast::<File>()).handle);
        if let Some((machine, name)) = machine().zip(handle.goes.as_deref()) {
            machine.names.borrow_mut().remove(name);
        }
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    into: *mut c_void,
    count: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    let (handle, wanted) = unsafe {
        let count = usize::try_from(count).unwrap_or(0);
        (handle(file), std::slice::from_raw_parts_mut(into.cast::<u8>(), count))
    };
    let Some(machine) = machine() else { return ffi::SQLITE_IOERR_READ };
    let at = usize::try_from(at).unwrap_or(usize::MAX);
    match machine.read(handle.process, &handle.inode, at, wanted) {
        Ok(read) if read == wanted.len() => ffi::SQLITE_OK,
        Ok(read) => {
            wanted[read..].fill(0);
            ffi::SQLITE_IOERR_SHORT_READ
        }
        Err(fault) => code(fault, ffi::SQLITE_IOERR_READ),
    }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    from: *const c_void,
    count: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    let (handle, bytes) = unsafe {
        let count = usize::try_from(count).unwrap_or(0);
        (handle(file), std::slice::from_raw_parts(from.cast::<u8>(), count))
    };
    let Some(machine) = machine() else { return ffi::SQLITE_IOERR_WRITE };
    let at = usize::try_from(at).unwrap_or(0);
    answer(machine.write(handle.process, &handle.inode, at, bytes), ffi::SQLITE_IOERR_WRITE)
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: ffi::sqlite3_int64) -> c_int {
    let handle = unsafe { handle(file) };
    let Some(machine) = machine() else { return ffi::SQLITE_IOERR_TRUNCATE };
    let size = usize::try_from(size).unwrap_or(0);
    answer(machine.truncate(handle.process, &handle.inode, size), ffi::SQLITE_IOERR_TRUNCATE)
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    let handle = unsafe { handle(file) };
    let Some(machine) = machine() else { return ffi::SQLITE_IOERR_FSYNC };
    let mut result = machine.sync(handle.process, &handle.inode);
    if result.is_ok() && handle.named_by_sync {
        handle.named_by_sync = false;
        result = machine.sync_names();
    }
    answer(result, ffi::SQLITE_IOERR_FSYNC)
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, size: *mut ffi::sqlite3_int64) -> c_int {
    let handle = unsafe { handle(file) };
    let alive = machine().is_some_and(|machine| machine.is_alive(handle.process).is_ok());
    unsafe { *size = i64::try_from(handle.inode.size()).unwrap_or(i64::MAX) };
    if alive { ffi::SQLITE_OK } else { ffi::SQLITE_IOERR_FSTAT }
}

unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    let handle = unsafe { handle(file) };
    if machine().is_none_or(|machine| machine.is_alive(handle.process).is_err()) {
        return ffi::SQLITE_IOERR_LOCK;
    }
    if handle.level >= level {
        return ffi::SQLITE_OK;
    }
    let locks = &handle.inode.locks;
    let other = locks.writer.get().filter(|(owner, _)| *owner != handle.number);
    if handle.level == ffi::SQLITE_LOCK_NONE {
        if other.is_some_and(|(_, held)| held >= ffi::SQLITE_LOCK_PENDING) {
            return ffi::SQLITE_BUSY;
        }
        locks.readers.set(locks.readers.get() + 1);
        handle.level = ffi::SQLITE_LOCK_SHARED;
    }
    if level >= ffi::SQLITE_LOCK_RESERVED {
        if other.is_some() {
            return ffi::SQLITE_BUSY;
        }
        if level == ffi::SQLITE_LOCK_EXCLUSIVE && locks.readers.get() > 1 {
            locks.writer.set(Some((handle.number, ffi::SQLITE_LOCK_PENDING)));
            handle.level = handle.level.max(ffi::SQLITE_LOCK_PENDING);
            return ffi::SQLITE_BUSY;
        }
        locks.writer.set(Some((handle.number, level)));
        handle.level = level;
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn unlock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    let handle = unsafe { handle(file) };
    if handle.level <= level {
        return ffi::SQLITE_OK;
    }
    let locks = &handle.inode.locks;
    if locks.writer.get().is_some_and(|(owner, _)| owner == handle.number) {
        locks.writer.set(None);
    }
    if level == ffi::SQLITE_LOCK_NONE {
        locks.readers.set(locks.readers.get().saturating_sub(1));
    }
    handle.level = level;
    ffi::SQLITE_OK
}

unsafe extern "C" fn check_reserved(file: *mut ffi::sqlite3_file, held: *mut c_int) -> c_int {
    let handle = unsafe { handle(file) };
    unsafe { *held = c_int::from(handle.inode.locks.writer.get().is_some()) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn control(_: *mut ffi::sqlite3_file, what: c_int, value: *mut c_void) -> c_int {
    if what != ffi::SQLITE_FCNTL_MMAP_SIZE {
        return ffi::SQLITE_NOTFOUND;
    }
    // Nothing is mapped, whatever is wanted.
    unsafe { *value.cast::<ffi::sqlite3_int64>() = 0 };
    ffi::SQLITE_OK
}

unsafe extern "C" fn sector_size(_: *mut ffi::sqlite3_file) -> c_int {
    c_int::try_from(super::SECTOR).expect("small")
}

unsafe extern "C" fn characteristics(_: *mut ffi::sqlite3_file) -> c_int {
    // As SQLite's own files under Unix.
    ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE
}

unsafe extern "C" fn shm_map(
    file: *mut ffi::sqlite3_file,
    region: c_int,
    size: c_int,
    extend: c_int,
    at: *mut *mut c_void,
) -> c_int {
    let handle = unsafe { handle(file) };
    let shared = &handle.inode.shared;
    if !handle.maps {
        handle.maps = true;
        shared.users.set(shared.users.get() + 1);
    }
    assert!(size == 32_768, "SQLite asks for regions of 32 KiB");
    let wanted = usize::try_from(region).expect("a number of a region");
    let mut regions = shared.regions.borrow_mut();
    while extend != 0 && regions.len() <= wanted {
        regions.push(Box::new([0; 4_096]));
    }
    // The box keeps its place for as long as anybody maps it.
    let found = regions.get_mut(wanted).map_or(std::ptr::null_mut(), |region| region.as_mut_ptr().cast());
    unsafe { *at = found };
    ffi::SQLITE_OK
}

unsafe extern "C" fn shm_lock(file: *mut ffi::sqlite3_file, first: c_int, count: c_int, flags: c_int) -> c_int {
    let handle = unsafe { handle(file) };
    let Ok(first) = usize::try_from(first) else { return ffi::SQLITE_IOERR_SHMLOCK };
    let slots = first..first + usize::try_from(count).unwrap_or(1);
    let shared = &handle.inode.shared;
    let is_alone = flags & ffi::SQLITE_SHM_EXCLUSIVE != 0;
    if flags & ffi::SQLITE_SHM_UNLOCK != 0 {
        slots.for_each(|slot| release(handle, slot));
        return ffi::SQLITE_OK;
    }
    for slot in slots.clone() {
        let own = u16::from(handle.shared >> slot & 1);
        let own_alone = handle.alone >> slot & 1 == 1;
        if (shared.writers[slot].get() && !own_alone) || (is_alone && shared.readers[slot].get() > own) {
            return ffi::SQLITE_BUSY;
        }
    }
    for slot in slots {
        if is_alone {
            release(handle, slot);
            handle.alone |= 1 << slot;
            handle.inode.shared.writers[slot].set(true);
        } else if handle.shared >> slot & 1 == 0 {
            handle.shared |= 1 << slot;
            let readers = &handle.inode.shared.readers[slot];
            readers.set(readers.get() + 1);
        }
    }
    ffi::SQLITE_OK
}

fn release(handle: &mut Handle, slot: usize) {
    let shared = &handle.inode.shared;
    if handle.shared >> slot & 1 == 1 {
        shared.readers[slot].set(shared.readers[slot].get() - 1);
    }
    if handle.alone >> slot & 1 == 1 {
        shared.writers[slot].set(false);
    }
    handle.shared &= !(1 << slot);
    handle.alone &= !(1 << slot);
}

unsafe extern "C" fn shm_barrier(_: *mut ffi::sqlite3_file) {}

/// What nobody maps any more is gone, as after the last one has closed it.
unsafe extern "C" fn shm_unmap(file: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    let handle = unsafe { handle(file) };
    (0..8).for_each(|slot| release(handle, slot));
    if std::mem::take(&mut handle.maps) {
        let shared = &handle.inode.shared;
        shared.users.set(shared.users.get() - 1);
        if shared.users.get() == 0 {
            shared.regions.borrow_mut().clear();
        }
    }
    ffi::SQLITE_OK
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved),
    xFileControl: Some(control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

/// # Safety
/// `name` is a text that ends with a zero.
unsafe fn text(name: *const c_char) -> String {
    unsafe { CStr::from_ptr(name) }.to_string_lossy().into_owned()
}

thread_local! {
    static NUMBER: Cell<u64> = const { Cell::new(0) };
}

unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    told: *mut c_int,
) -> c_int {
    unsafe { (*file).pMethods = std::ptr::null() };
    let Some(machine) = machine().filter(|machine| machine.is_alive(machine.process.get()).is_ok()) else {
        return ffi::SQLITE_CANTOPEN;
    };
    let name = (!name.is_null()).then(|| unsafe { text(name) });
    let may_make = flags & ffi::SQLITE_OPEN_CREATE != 0;
    let inode = match &name {
        None => Rc::new(Inode::default()),
        Some(name) => match machine.find(name) {
            Some(inode) => inode,
            None if may_make => machine.make(name),
            None => return ffi::SQLITE_CANTOPEN,
        },
    };
    let is_log = flags & (ffi::SQLITE_OPEN_WAL | ffi::SQLITE_OPEN_MAIN_JOURNAL | ffi::SQLITE_OPEN_SUPER_JOURNAL) != 0;
    let goes = name.filter(|_| flags & ffi::SQLITE_OPEN_DELETEONCLOSE != 0);
    let number = NUMBER.with(|number| number.replace(number.get() + 1));
    let process = machine.process.get();
    let (shared, alone, maps, level) = (0, 0, false, ffi::SQLITE_LOCK_NONE);
    let handle = Handle { inode, process, number, level, shared, alone, maps, goes, named_by_sync: may_make && is_log };
    unsafe {
        (*file.cast::<File>()).handle = Box::into_raw(Box::new(handle));
        (*file).pMethods = &raw const METHODS;
        if !told.is_null() {
            *told = flags;
        }
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn delete(_: *mut ffi::sqlite3_vfs, name: *const c_char, sync_folder: c_int) -> c_int {
    let Some(machine) = machine() else { return ffi::SQLITE_IOERR_DELETE };
    match machine.delete(&unsafe { text(name) }) {
        Ok(true) if sync_folder != 0 => answer(machine.sync_names(), ffi::SQLITE_IOERR_DIR_FSYNC),
        Ok(true) => ffi::SQLITE_OK,
        Ok(false) => ffi::SQLITE_IOERR_DELETE_NOENT,
        Err(fault) => code(fault, ffi::SQLITE_IOERR_DELETE),
    }
}

unsafe extern "C" fn access(_: *mut ffi::sqlite3_vfs, name: *const c_char, _: c_int, found: *mut c_int) -> c_int {
    let is_there = machine().is_some_and(|machine| machine.find(&unsafe { text(name) }).is_some());
    unsafe { *found = c_int::from(is_there) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn full_name(_: *mut ffi::sqlite3_vfs, name: *const c_char, most: c_int, full: *mut c_char) -> c_int {
    let bytes = unsafe { CStr::from_ptr(name) }.to_bytes_with_nul();
    if bytes.len() > usize::try_from(most).unwrap_or(0) {
        return ffi::SQLITE_CANTOPEN;
    }
    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr().cast(), full, bytes.len()) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn randomness(_: *mut ffi::sqlite3_vfs, count: c_int, into: *mut c_char) -> c_int {
    unsafe { std::ptr::write_bytes(into, 7, usize::try_from(count).unwrap_or(0)) };
    count
}

unsafe extern "C" fn sleep(_: *mut ffi::sqlite3_vfs, micros: c_int) -> c_int {
    micros
}

unsafe extern "C" fn current_time(_: *mut ffi::sqlite3_vfs, now: *mut f64) -> c_int {
    // SQL never asks for the time.
    unsafe { *now = 2_440_587.5 };
    ffi::SQLITE_OK
}

unsafe extern "C" fn last_error(_: *mut ffi::sqlite3_vfs, _: c_int, _: *mut c_char) -> c_int {
    0
}

/// Makes the disk known to SQLite, once in a process.
pub fn register() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let name = c"simulated";
        assert_eq!(name.to_str(), Ok(NAME));
        let vfs = Box::new(ffi::sqlite3_vfs {
            iVersion: 1,
            szOsFile: c_int::try_from(size_of::<File>()).expect("small"),
            mxPathname: 255,
            pNext: std::ptr::null_mut(),
            zName: name.as_ptr(),
            pAppData: std::ptr::null_mut(),
            xOpen: Some(open),
            xDelete: Some(delete),
            xAccess: Some(access),
            xFullPathname: Some(full_name),
            xDlOpen: None,
            xDlError: None,
            xDlSym: None,
            xDlClose: None,
            xRandomness: Some(randomness),
            xSleep: Some(sleep),
            xCurrentTime: Some(current_time),
            xGetLastError: Some(last_error),
            xCurrentTimeInt64: None,
            xSetSystemCall: None,
            xGetSystemCall: None,
            xNextSystemCall: None,
        });
        // SQLite keeps it for as long as the process lives.
        let registered = unsafe { ffi::sqlite3_vfs_register(Box::into_raw(vfs), 0) };
        assert_eq!(registered, ffi::SQLITE_OK, "SQLite takes the disk");
    });
}
