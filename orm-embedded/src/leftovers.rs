//! Databases whose owner was killed: how they are recognised, and how the next process drops them.
//!
//! Each process keeps a session that holds an advisory lock of its own number, and has that number
//! in the names of its databases. A database whose lock nobody holds has lost its owner: that is
//! true across hosts and containers, where a process id says nothing.

use std::collections::HashSet;

use crate::error::Error;
use crate::session::Session;

/// The first key of the advisory locks; the second is a process's number or a template's hash.
pub(crate) const ALIVE: i32 = 0x6f72_6d01;
pub(crate) const TEMPLATE_IN_USE: i32 = 0x6f72_6d02;
pub(crate) const TEMPLATE_BUILT: i32 = 0x6f72_6d03;

/// `orm_test_<process id, for human eyes>_<number of the process>_<count>`.
pub(crate) fn database_name(token: u32, count: u32) -> String {
    format!("orm_test_{}_{token:08x}_{count}", std::process::id())
}

/// `orm_template_<hash>`, and the same with `_building` until it is complete.
pub(crate) fn template_name(hash: &str) -> String {
    format!("orm_template_{hash}")
}

/// Shared, so that a new connection need not wait until the server has noticed the loss of the old.
pub(crate) fn alive_statement(token: u32) -> String {
    format!("SELECT pg_advisory_lock_shared({ALIVE}, {})", key(token))
}

/// An advisory lock's key is a signed number.
pub(crate) fn key(number: u32) -> i32 {
    i32::from_ne_bytes(number.to_ne_bytes())
}

/// Drops the databases of dead processes, and on somebody's own server unused templates as well.
///
/// Failures are left to the next process: a database that is in use or not ours is none to drop.
pub(crate) fn sweep(session: &Session, foreign: bool) {
    let Ok((names, locks)) = look(session) else {
        return;
    };
    for name in names {
        match lock_of(&name) {
            Some((ALIVE, number)) if !locks.contains(&(ALIVE, number)) => {
                // Without FORCE: who is connected is alive, whatever the lock says.
                session.send(vec![format!("DROP DATABASE IF EXISTS {name}")], |_| {});
            }
            Some((TEMPLATE_IN_USE, number)) if foreign && !locks.contains(&(TEMPLATE_IN_USE, number)) => {
                session.send(drop_unused_template(&name, number), |_| {});
            }
            _ => {}
        }
    }
}

/// Drops a template if nobody uses it; to be sent as one job.
pub(crate) fn drop_unused_template(name: &str, number: u32) -> Vec<String> {
    let key = key(number);
    vec![
        format!("SELECT pg_try_advisory_lock({TEMPLATE_IN_USE}, {key})"),
        format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
        format!("SELECT pg_advisory_unlock({TEMPLATE_IN_USE}, {key})"),
    ]
}

type Locks = HashSet<(i32, u32)>;

/// Databases first, locks second: an owner locks before it creates, so a living one is never missed.
fn look(session: &Session) -> Result<(Vec<String>, Locks), Error> {
    let text = |row: &[Option<String>], index: usize| row.get(index).cloned().flatten();
    let names = session
        .query_blocking("SELECT datname FROM pg_database WHERE datname ~ '^orm_(test|template)_'")?
        .iter()
        .filter_map(|row| text(row, 0))
        .collect();
    let locks = session
        .query_blocking("SELECT classid, objid FROM pg_locks WHERE locktype = 'advisory'")?
        .iter()
        .filter_map(|row| {
            let number = |index| text(row, index)?.parse::<u32>().ok();
            Some((key(number(0)?), number(1)?))
        })
        .collect();
    Ok((names, locks))
}

/// Which lock guards the database of this name; `None` for a name that is not of our making.
fn lock_of(name: &str) -> Option<(i32, u32)> {
    if let Some(rest) = name.strip_prefix("orm_test_") {
        let mut parts = rest.split('_');
        let (process, token, count) = (parts.next()?, parts.next()?, parts.next()?);
        let ours = parts.next().is_none() && is_number(process) && is_number(count);
        return (ours && token.len() == 8)
            .then(|| u32::from_str_radix(token, 16).ok())?
            .map(|number| (ALIVE, number));
    }
    let hash = name.strip_prefix("orm_template_")?;
    let hash = hash.strip_suffix("_building").unwrap_or(hash);
    (hash.len() == 16)
        .then(|| template_number(hash))?
        .map(|number| (TEMPLATE_IN_USE, number))
}

/// The number under which a template's locks are held.
pub(crate) fn template_number(hash: &str) -> Option<u32> {
    u32::from_str_radix(hash.get(..8)?, 16).ok()
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_name_leads_to_the_lock_of_its_owner() {
        let name = database_name(0xfeed_beef, 3);
        assert_eq!(lock_of(&name), Some((ALIVE, 0xfeed_beef)));
        let template = template_name("00c0ffee00000000");
        assert_eq!(lock_of(&template), Some((TEMPLATE_IN_USE, 0x00c0_ffee)));
        assert_eq!(
            lock_of(&format!("{template}_building")),
            Some((TEMPLATE_IN_USE, 0x00c0_ffee))
        );
    }

    #[test]
    fn a_database_of_another_making_is_nobodys_to_drop() {
        for name in [
            "orm_test_results",
            "orm_test_1_2_3",
            "orm_test_x_00000000_1",
            "orm_test_1_0000000g_1",
            "orm_test_1_00000000_1_backup",
            "orm_template_mine",
            "postgres",
        ] {
            assert_eq!(lock_of(name), None, "{name}");
        }
    }
}
