//! Values of the executor's scope.

use orm::prelude::*;
use orm::{Scope, load, scope};

use crate::support::Recorder;

#[derive(DbType, Debug, Clone, Copy, PartialEq)]
struct TeamId(i64);

#[derive(DbType, Debug, Clone, Copy, PartialEq)]
struct Role(i64);

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(
    table = "projects",
    has_many(tasks: Task),
    filter = |p| p.team_id.eq(scope::<TeamId>())
)]
struct Project {
    #[orm(primary_key)]
    id: i64,
    #[orm(unique)]
    name: String,
    team_id: TeamId,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "tasks", filter = |t| t.for_role.le(scope::<Role>()))]
struct Task {
    #[orm(primary_key)]
    id: i64,
    #[orm(belongs_to(project: Project), index)]
    project_id: i64,
    for_role: Role,
}

async fn tables(db: Database) -> Result<(), Error> {
    orm::create_all(&[Project::TABLE, Task::TABLE], &db).await?;
    let projects = (1..=6).map(|id| NewProject {
        id,
        name: format!("p{id}"),
        team_id: TeamId(id % 2),
    });
    Project::insert_many(projects).execute(&db).await?;
    let tasks = (1..=18).map(|id| NewTask {
        id,
        project_id: id % 6 + 1,
        for_role: Role(id % 3),
    });
    Task::insert_many(tasks).execute(&db).await.map(|_| ())
}

fn all_tasks() -> impl Iterator<Item = Task> {
    (1..=18).map(|id| Task {
        id,
        project_id: id % 6 + 1,
        for_role: Role(id % 3),
    })
}

#[orm::test(setup = tables)]
async fn a_filter_takes_its_value_from_the_executor(db: Database) -> Result<(), Error> {
    for team in [0, 1, 7] {
        let recorder = Recorder::new(&db);
        let team_db = recorder.scoped(Scope::new().value(TeamId(team)));
        let ids = Project::query()
            .order_by(|p| p.id.asc())
            .select(|p| p.id)
            .all(&team_db)
            .await?;
        assert_eq!(ids, (1..=6).filter(|id| id % 2 == team).collect::<Vec<_>>());
        assert_eq!(Project::query().count(&team_db).await?, ids.len() as i64);
        assert_eq!(Project::find(1).first(&team_db).await?.is_some(), team == 1);
        // The value is a parameter: the text stays the same.
        assert!(recorder.take()[0].ends_with(r#"WHERE "team_id" = $1 ORDER BY "id""#));
    }
    Ok(())
}

#[orm::test(setup = tables)]
async fn without_the_value_nothing_is_sent(db: Database) -> Result<(), Error> {
    let refused = |error: Error| {
        assert_eq!(error.kind(), ErrorKind::InvalidQuery);
        assert!(
            error
                .to_string()
                .contains("`Project` needs the `TeamId` of the executor's scope, which has none"),
            "{error}"
        );
    };
    refused(Project::query().all(&db).await.unwrap_err());
    refused(Project::find(1).first(&db).await.unwrap_err());
    refused(Project::query().count(&db).await.unwrap_err());
    refused(Project::query().delete().all_rows().execute(&db).await.unwrap_err());
    refused(Project::query().stream(&db).try_next().await.unwrap_err());
    refused(Project::query().all(&db.connection().await?).await.unwrap_err());
    let tx = db.begin().await?;
    refused(Project::query().all(&tx).await.unwrap_err());
    // The transaction is as it was: nothing was sent.
    let other = db.scoped(Scope::new().value(Role(1)));
    refused(Project::query().all(&other).await.unwrap_err());
    let count = Project::query().with_hidden().count(&tx).await?;
    assert_eq!(count, 6);
    tx.commit().await
}

#[orm::test(setup = tables)]
async fn all_that_comes_from_a_scoped_executor_has_its_scope(db: Database) -> Result<(), Error> {
    let team = db.scoped(Scope::new().value(TeamId(1)));
    let tx = team.begin().await?;
    assert_eq!(Project::query().count(&tx).await?, 3);
    let savepoint = tx.begin().await?;
    assert_eq!(Project::query().count(&savepoint).await?, 3);
    assert_eq!(
        Project::query()
            .delete()
            .all_rows()
            .execute(&savepoint)
            .await
            .unwrap_err()
            .kind(),
        ErrorKind::ForeignKeyViolation
    );
    savepoint.rollback().await?;
    tx.rollback().await?;
    let count = team.transaction(async |tx| Project::query().count(tx).await).await?;
    assert_eq!(count, 3);
    let dynamic: &dyn Executor = &db;
    assert_eq!(
        Project::query()
            .count(&dynamic.scoped(Scope::new().value(TeamId(0))))
            .await?,
        3
    );
    // One over another: what the outer one lacks the inner one has.
    let both = team.scoped(Scope::new().value(Role(0)));
    assert_eq!(
        Task::query()
            .filter(|t| t.project().id.is_not_null())
            .count(&both)
            .await?,
        all_tasks()
            .filter(|t| t.project_id % 2 == 1 && t.for_role == Role(0))
            .count() as i64
    );
    let mut stream = Project::query().order_by(|p| p.id.asc()).stream(&team);
    let mut ids = Vec::new();
    while let Some(project) = stream.try_next().await? {
        ids.push(project.id);
    }
    assert_eq!(ids, [1, 3, 5]);
    Ok(())
}

#[orm::test(setup = tables)]
async fn loads_paths_and_joins_have_it(db: Database) -> Result<(), Error> {
    let team = db.scoped(Scope::new().value(TeamId(1)).value(Role(1)));
    let visible = |task: &Task| task.for_role.0 <= 1;
    let tasks_of =
        |project: i64| -> Vec<Task> { all_tasks().filter(|t| t.project_id == project && visible(t)).collect() };
    let loaded: Vec<(Project, Vec<Task>)> = Project::query()
        .with(|p| p.tasks().order_by(|t| t.id.asc()))
        .order_by(|p| p.id.asc())
        .all(&team)
        .await?;
    assert_eq!(
        loaded
            .iter()
            .map(|(p, tasks)| (p.id, tasks.clone()))
            .collect::<Vec<_>>(),
        [1, 3, 5].map(|id| (id, tasks_of(id)))
    );
    let projects: Vec<Project> = loaded.into_iter().map(|(project, _)| project).collect();
    let tasks = load(&projects, |p| p.tasks().order_by(|t| t.id.asc()))
        .all(&team)
        .await?;
    assert_eq!(tasks, [1, 3, 5].map(tasks_of));
    assert_eq!(
        load(&projects, |p| p.tasks()).all(&db).await.unwrap_err().kind(),
        ErrorKind::InvalidQuery
    );
    let names = Task::query()
        .order_by(|t| t.id.asc())
        .select(|t| (t.id, t.project().name))
        .all(&team)
        .await?;
    let expected: Vec<_> = all_tasks()
        .filter(visible)
        .map(|t| (t.id, (t.project_id % 2 == 1).then(|| format!("p{}", t.project_id))))
        .collect();
    assert_eq!(names, expected);
    // Groups and orders know the value again.
    let grouped = Project::query()
        .group_by(|p| p.tasks().count())
        .order_by(|g| g.key().asc())
        .select(|g| (g.key(), g.count()))
        .all(&team)
        .await?;
    let mut counts: Vec<i64> = [1, 3, 5].iter().map(|id| tasks_of(*id).len() as i64).collect();
    counts.sort_unstable();
    assert_eq!(grouped.iter().map(|row| row.1).sum::<i64>(), 3);
    assert!(
        grouped
            .iter()
            .all(|(key, count)| counts.iter().filter(|c| *c == key).count() as i64 == *count)
    );
    Ok(())
}

#[orm::test(setup = tables)]
async fn writes_have_it(db: Database) -> Result<(), Error> {
    let team = db.scoped(Scope::new().value(TeamId(1)));
    let renamed = Project::query()
        .update(|p| p.name.set(p.name.concat("!")))
        .all_rows()
        .execute(&team)
        .await?;
    assert_eq!(renamed, 3);
    let foreign = Project::find(2).with_hidden().one(&db).await?;
    assert_eq!(foreign.name, "p2");
    assert_eq!(foreign.update(&team).await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(foreign.delete(&team).await.unwrap_err().kind(), ErrorKind::NotFound);
    let mine = Project::find(1).one(&team).await?;
    assert_eq!(mine.update(&team).await?, mine);
    // A value of the scope as one that is set or compared by the query itself.
    let moved = Project::query()
        .with_hidden()
        .filter(|p| p.id.eq(2))
        .update(|p| p.team_id.set(scope::<TeamId>()));
    assert_eq!(moved.one(&team).await?.team_id, TeamId(1));
    // Another team's project has the name: the key is whole, and its row is not touched.
    let new = NewProject {
        id: 9,
        name: "p4".into(),
        team_id: TeamId(1),
    };
    let upsert = Project::insert(new)
        .on_conflict(|key| key.name)
        .update(|p, new| p.team_id.set(new.team_id));
    assert_eq!(upsert.execute(&team).await?, 0);
    Ok(())
}
