use super::unit::{DAEMON, Unit};
use super::*;
use crate::feed::at;

fn grade(finding: &Finding) -> Grade {
    assert_eq!(
        finding.mend.is_none(),
        finding.grade == Grade::Ok,
        "what is not well says how it is mended: {finding:?}"
    );
    finding.grade
}

#[test]
fn a_clock_that_cannot_be_right_fails() {
    let last = Some(at("2026-11-26 06:00"));
    for (now, last, wanted, why) in [
        ("1970-01-01 00:00", None, Grade::Fail, "nobody set it"),
        ("2025-12-31 23:59", None, Grade::Fail, "before the program was written"),
        ("2026-01-01 00:00", None, Grade::Ok, "the first year"),
        ("2101-01-01 00:00", None, Grade::Fail, "long after it"),
        ("2026-11-26 05:58", last, Grade::Fail, "before the ledger's last entry"),
        ("2026-11-26 05:59", last, Grade::Ok, "a minute is forgiven"),
        ("2027-11-26 06:00", last, Grade::Ok, "a daemon may have stood still"),
    ] {
        assert_eq!(grade(&clock::sane(at(now), last)), wanted, "{why}");
    }
    for (told, wanted) in
        [(Some("yes"), Grade::Ok), (Some("no"), Grade::Warn), (Some(""), Grade::Warn), (None, Grade::Warn)]
    {
        assert_eq!(grade(&clock::synchronised(told.map(str::to_owned))), wanted, "{told:?}");
    }
}

/// The mount that lies on top of the others counts.
#[test]
fn d15_the_doctor_says_on_what_the_ledger_lies() {
    const MOUNTS: &str = "25 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n\
        30 25 0:30 / /srv rw - tmpfs tmpfs rw\n\
        31 30 0:31 / /srv/net\\040work rw - nfs4 host:/x rw\n\
        32 25 0:32 / /var rw - tmpfs tmpfs rw\n\
        33 32 254:1 / /var rw master:2 - xfs /dev/vdb rw\n\
        34 25 0:40 / /run/box rw - overlay overlay rw\n\
        35 25 0:41 / /mnt/own rw - fuse.bindfs /x rw";
    for (folder, wanted, kind) in [
        ("/home/x", Grade::Ok, "ext4"),
        ("/srv", Grade::Warn, "tmpfs"),
        ("/srv/other", Grade::Warn, "tmpfs"),
        ("/srv/net work/ledger", Grade::Fail, "nfs4"),
        ("/srvx", Grade::Ok, "ext4"),
        ("/run/box/x", Grade::Warn, "overlay"),
        ("/mnt/own", Grade::Warn, "fuse.bindfs"),
        ("/var/lib/fairgauge", Grade::Ok, "xfs"),
    ] {
        let finding = disk::kind(Path::new(folder), MOUNTS).unwrap();
        assert_eq!(grade(&finding), wanted, "{folder}: {finding:?}");
        assert!(finding.says.contains(kind), "{folder}: {}", finding.says);
    }
    assert_eq!(disk::kind(Path::new("/x"), ""), None, "where there is no /proc nothing is said");
}

#[test]
fn room_is_measured_against_the_ledger() {
    let told =
        |kib: u64| format!("Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/vda 9 9 {kib} 30% /");
    for (kib, ledger, wanted, why) in [
        (65_535, 0, Grade::Fail, "less than 64 MiB"),
        (65_536, 0, Grade::Warn, "64 MiB"),
        (1_048_575, 0, Grade::Warn, "less than 1 GiB"),
        (1_048_576, 0, Grade::Ok, "1 GiB"),
        (1_048_576, (1 << 29) + 1, Grade::Warn, "no room for a copy"),
    ] {
        assert_eq!(grade(&disk::free(Some(&told(kib)), ledger).unwrap()), wanted, "{why}");
    }
    assert_eq!(disk::free(Some("nonsense"), 0), None);
    assert_eq!(disk::free(None, 0), None);
}

#[test]
fn bytes_are_rounded_down() {
    for (count, shown) in [
        (0, "0 B"),
        (1_023, "1023 B"),
        (1_024, "1.0 KiB"),
        (1_587, "1.5 KiB"),
        (1 << 20, "1.0 MiB"),
        (u64::MAX, "16777215.9 TiB"),
    ] {
        assert_eq!(bytes(count), shown);
    }
}

fn unit(more: &str) -> Unit {
    let exec = "{ path=/usr/bin/fairgauge ; argv[]=/usr/bin/fairgauge run --config /etc/fairgauge/fairgauge.toml ; }";
    Unit::read(DAEMON, &format!("LoadState=loaded\nDynamicUser=yes\nExecStart={exec}\n{more}"), "")
}

#[test]
fn what_systemd_says_of_the_service_is_told() {
    let config = Path::new("/etc/fairgauge/fairgauge.toml");
    for (more, wanted, says) in [
        ("ActiveState=active\nNRestarts=0", Grade::Ok, "active"),
        ("ActiveState=active\nNRestarts=3", Grade::Warn, "3 times"),
        ("ActiveState=failed\nResult=watchdog\nExecMainStatus=6", Grade::Fail, "watchdog, status 6"),
        ("ActiveState=inactive", Grade::Warn, "inactive"),
    ] {
        let finding = unit::service(Some(&unit(more)), config);
        assert_eq!(grade(&finding), wanted, "{more}");
        assert!(finding.says.contains(says), "{finding:?}");
    }
    assert_eq!(grade(&unit::service(None, config)), Grade::Warn, "no systemd");
    let other = unit::service(Some(&unit("ActiveState=failed")), Path::new("/home/x/season/fairgauge.toml"));
    assert_eq!(grade(&other), Grade::Warn, "{other:?}");
    for (told, wanted) in [("2min", Grade::Ok), ("0", Grade::Warn), ("infinity", Grade::Warn)] {
        assert_eq!(grade(&unit::watchdog(&unit(&format!("WatchdogUSec={told}")))), wanted, "{told}");
    }
    assert_eq!(grade(&unit::timer("x.timer", "x", Some("enabled"))), Grade::Ok);
    assert_eq!(grade(&unit::timer("x.timer", "x", None)), Grade::Warn);
}

#[test]
fn a_credential_is_found_where_the_unit_says() {
    let text = "# /usr/lib/systemd/system/fairgauge.service\n[Service]\nLoadCredential=gone:/x\nLoadCredential=\n\
                LoadCredential=eia:/etc/fairgauge/keys/eia\nLoadCredential=lost:no.such.credential\nLoadCredential=own";
    let unit = Unit::read(DAEMON, "LoadState=loaded", text);
    assert_eq!(unit.credential("eia").as_deref(), Some(Path::new("/etc/fairgauge/keys/eia")));
    assert_eq!(unit.credential("lost"), None, "in none of the stores");
    for name in ["gone", "own", "other"] {
        assert_eq!(unit.credential(name), None, "{name}");
    }
}

#[test]
fn a_server_whose_clock_is_ahead_of_ours_says_so() {
    let ours = at("2026-11-26 06:00");
    for (theirs, is_said) in [("2026-11-26 06:01", false), ("2026-11-26 06:02", true), ("2026-11-25 06:00", false)] {
        assert_eq!(feeds::apart("feed x", at(theirs), ours).is_some(), is_said, "{theirs}");
    }
}
