//! Random batches and random sequences of writes against what a plain loop and a map in memory give.

use std::collections::BTreeMap;

use orm::prelude::*;

use super::models::{NewSample, NewSampleWith, NewUser, NewUserWith, Sample, User, new_user, tables};
use super::support::Random;

/// As [`NewSampleWith`], which is no `Clone`.
#[derive(Clone)]
struct Row {
    id: i32,
    label: Option<String>,
    values: Vec<Option<i64>>,
    answer: Option<Option<i32>>,
}

impl Row {
    fn random(random: &mut Random, id: i32) -> Self {
        let length = random.below(4);
        Self {
            id,
            label: (!random.once_in(3)).then(|| ["", "x", "日本", "\"',{}\\"][random.below(4)].to_owned()),
            values: (0..length)
                .map(|_| (!random.once_in(3)).then(|| random.next() as i64))
                .collect(),
            answer: random
                .once_in(2)
                .then(|| random.once_in(2).then(|| random.next() as i32)),
        }
    }

    fn into_sample(self) -> NewSampleWith {
        let row = NewSample {
            id: self.id,
            label: self.label,
            values: self.values,
        };
        match self.answer {
            Some(answer) => row.answer(answer),
            None => row.into(),
        }
    }
}

async fn samples(db: &dyn Executor) -> Result<Vec<Sample>, Error> {
    Sample::query().order_by(|s| s.id.asc()).all(db).await
}

async fn empty(db: &dyn Executor) -> Result<(), Error> {
    Sample::query().all_rows().delete().execute(db).await.map(|_| ())
}

#[orm::test(setup = tables)]
async fn a_batch_stores_what_a_loop_of_single_inserts_stores(db: Database) -> Result<(), Error> {
    for seed in 0..25 {
        let mut random = Random::new(seed);
        let count = [0, 1, 2, 3, 17, 64, 300][random.below(7)];
        let mut ids: Vec<i32> = (0..count).collect();
        for at in (1..ids.len()).rev() {
            ids.swap(at, random.below(at + 1));
        }
        let rows: Vec<Row> = ids.into_iter().map(|id| Row::random(&mut random, id)).collect();
        let batch = || Sample::insert_many(rows.iter().cloned().map(Row::into_sample));

        let mut one_by_one = Vec::new();
        for row in rows.iter().cloned() {
            one_by_one.push(Sample::insert(row.into_sample()).one(&db).await?);
        }
        let expected = samples(&db).await?;
        empty(&db).await?;
        assert_eq!(batch().all(&db).await?, one_by_one, "all, seed {seed}");
        assert_eq!(samples(&db).await?, expected, "all, seed {seed}");
        for copy in [None, Some(true), Some(false)] {
            empty(&db).await?;
            let insert = match copy {
                Some(copy) => batch().copy(copy),
                None => batch(),
            };
            assert_eq!(insert.execute(&db).await?, rows.len() as u64);
            assert_eq!(samples(&db).await?, expected, "copy {copy:?}, seed {seed}");
        }
        // Once more in a transaction, over a part that is there already.
        let half = Sample::query()
            .order_by(|s| s.id.asc())
            .limit(rows.len() as u64 / 2)
            .delete();
        half.execute(&db).await?;
        let tx = db.begin().await?;
        let missing = batch().on_conflict(|key| key.id).do_nothing().execute(&tx).await?;
        assert_eq!(missing, rows.len() as u64 / 2, "seed {seed}");
        tx.commit().await?;
        assert_eq!(samples(&db).await?, expected, "do nothing, seed {seed}");
        empty(&db).await?;
    }
    Ok(())
}

/// The table in memory, by e-mail.
#[derive(Clone, Debug, PartialEq, Default)]
struct Memory(BTreeMap<String, (i32, Option<String>, i32)>);

impl Memory {
    async fn of(db: &dyn Executor) -> Result<Self, Error> {
        let users = User::query().all(db).await?;
        let rows = users
            .into_iter()
            .map(|user| (user.email, (user.age, user.nickname, user.version)));
        Ok(Self(rows.collect()))
    }

    fn insert(&mut self, row: &(usize, i32, Option<String>, Option<i32>)) {
        self.0.insert(email(row.0), (row.1, row.2.clone(), row.3.unwrap_or(1)));
    }
}

fn email(n: usize) -> String {
    new_user(&n.to_string()).email
}

fn new_row((n, age, nickname, version): (usize, i32, Option<String>, Option<i32>)) -> NewUserWith {
    let row = NewUser {
        age,
        nickname,
        ..new_user(&n.to_string())
    };
    match version {
        Some(version) => row.version(version),
        None => row.into(),
    }
}

/// One random write on the table and in memory. `Err` is a violated key or check, which changes nothing.
async fn step(random: &mut Random, memory: &mut Memory, db: &dyn Executor) -> Result<(), Error> {
    let number = random.below(12);
    let age = random.below(6) as i32 - i32::from(random.once_in(12)) * 9;
    let nickname = (!random.once_in(3)).then(|| format!("nick{}", random.below(4)));
    let row = (
        number,
        age,
        nickname.clone(),
        random.once_in(3).then(|| random.below(50) as i32),
    );
    let name = email(number);
    let exists = memory.0.contains_key(&name);
    match random.below(8) {
        0 => {
            let result = User::insert(new_row(row.clone())).one(db).await;
            assert_eq!(result.is_ok(), !exists && age >= 0);
            result?;
            memory.insert(&row);
        }
        1 => {
            let mut next = memory.clone();
            let rows: Vec<_> = (0..random.below(5))
                .map(|n| ((number + n) % 12, n as i32, nickname.clone(), (n % 2 == 0).then_some(7)))
                .collect();
            let fits = rows.iter().all(|row| !memory.0.contains_key(&email(row.0)));
            let copy = random.once_in(2);
            rows.iter().for_each(|row| next.insert(row));
            let result = User::insert_many(rows.into_iter().map(new_row))
                .copy(copy)
                .execute(db)
                .await;
            assert_eq!(result.is_ok(), fits);
            result?;
            *memory = next;
        }
        2 => {
            let upsert = User::insert(new_row(row.clone())).on_conflict(|key| key.email);
            let upsert = upsert.update(|u, new| (u.age.set(u.age + new.age), u.nickname.set(new.nickname)));
            // The check is of the proposed row, too.
            let sum = memory.0.get(&name).map_or(age, |old| old.0 + age);
            let result = upsert.one(db).await;
            assert_eq!(result.is_ok(), age >= 0 && sum >= 0);
            result?;
            match memory.0.get_mut(&name) {
                Some(old) => *old = (sum, nickname, old.2 + 1),
                None => memory.insert(&row),
            }
        }
        3 => {
            let stored = User::insert(new_row(row.clone()))
                .on_conflict(|key| key.email)
                .do_nothing()
                .one(db)
                .await;
            assert_eq!(stored.is_ok(), age >= 0);
            assert_eq!(stored?.is_some(), !exists);
            if !exists {
                memory.insert(&row);
            }
        }
        4 => {
            let update = User::query()
                .filter(|u| u.age.ge(age))
                .update(|u| (u.age.set(u.age + 1), u.nickname.set(nickname.clone())));
            let mut changed = 0;
            for old in memory.0.values_mut().filter(|old| old.0 >= age) {
                *old = (old.0 + 1, nickname.clone(), old.2 + 1);
                changed += 1;
            }
            assert_eq!(update.execute(db).await?, changed);
        }
        5 => {
            let last = User::query()
                .order_by(|u| u.email.desc())
                .limit(2)
                .update(|u| u.nickname.set(None));
            let mut names: Vec<_> = memory.0.keys().cloned().collect();
            names.sort();
            for name in names.iter().rev().take(2) {
                let old = memory.0.get_mut(name).unwrap();
                *old = (old.0, None, old.2 + 1);
            }
            assert_eq!(last.all(db).await?.len(), names.len().min(2));
        }
        6 => {
            let gone = User::query()
                .filter(|u| u.nickname.eq(nickname.clone().unwrap_or_default()))
                .delete()
                .execute(db)
                .await?;
            let before = memory.0.len();
            memory
                .0
                .retain(|_, row| row.1.clone() != Some(nickname.clone().unwrap_or_default()));
            assert_eq!(gone as usize, before - memory.0.len());
        }
        _ => {
            let found = User::query().filter(|u| u.email.eq(&*name)).first(db).await?;
            assert_eq!(found.is_some(), exists);
            let Some(mut user) = found else { return Ok(()) };
            if random.once_in(2) {
                user.delete(db).await?;
                memory.0.remove(&name);
            } else {
                (user.age, user.nickname) = (age, nickname.clone());
                let result = user.update(db).await;
                assert_eq!(result.is_ok(), age >= 0);
                result?;
                let old = memory.0.get_mut(&name).unwrap();
                *old = (age, nickname, old.2 + 1);
            }
        }
    }
    Ok(())
}

#[orm::test(setup = tables)]
async fn random_writes_do_what_they_do_in_memory(db: Database) -> Result<(), Error> {
    let mut refused = 0;
    for seed in 0..20 {
        let mut random = Random::new(seed);
        let mut memory = Memory::default();
        for n in 0..40 {
            let before = memory.clone();
            if let Err(error) = step(&mut random, &mut memory, &db).await {
                let kind = error.kind();
                assert!(
                    matches!(kind, ErrorKind::UniqueViolation | ErrorKind::CheckViolation),
                    "{error}"
                );
                assert_eq!(memory, before);
                refused += 1;
            }
            assert_eq!(Memory::of(&db).await?, memory, "seed {seed}, step {n}");
        }
        db.batch("TRUNCATE users CASCADE").await?;
    }
    assert!(refused > 20, "hardly anything was refused: {refused}");
    Ok(())
}
