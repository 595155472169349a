//! create_all and drop_all.

use orm::prelude::*;

/// Three tables whose keys form a ring, and one that points at itself.
#[derive(Model, Debug)]
#[orm(table = "departments", schema = "firm")]
struct Department {
    #[orm(primary_key, generated)]
    id: i64,
    #[orm(belongs_to(head: Employee), on_delete = set_null)]
    head_id: Option<i64>,
    level: Level,
}

#[derive(Model, Debug)]
#[orm(
    table = "employees",
    schema = "firm",
    index(name desc nulls last, desk_id, where = "name <> ''", include(home), name = "by name"),
    index(skills, using = "gin"),
    unique(name, department_id),
    check("length(name) < 50", name = "short name")
)]
struct Employee {
    #[orm(primary_key, generated = always)]
    id: i64,
    #[orm(unique, check = "name <> 'nobody'")]
    name: String,
    #[orm(belongs_to(department: Department), on_delete = cascade, on_update = cascade, index)]
    department_id: Option<i64>,
    #[orm(belongs_to(manager: Employee))]
    manager_id: Option<i64>,
    #[orm(belongs_to(desk: Desk))]
    desk_id: Option<i32>,
    home: Option<Place>,
    skills: Vec<String>,
    #[orm(type = "varchar(10)", default = "'none'")]
    code: String,
    #[orm(generated = "upper(name)")]
    shouted: Option<String>,
}

#[derive(Model, Debug)]
#[orm(table = "desks")]
struct Desk {
    #[orm(primary_key)]
    id: i32,
    #[orm(belongs_to(department: Department))]
    department_id: Option<i64>,
    place: Place,
    places: Vec<Place>,
    colour: Colour,
}

#[derive(DbEnum, Debug, Clone, Copy, PartialEq)]
#[orm(schema = "kinds")]
enum Level {
    Low,
    #[orm(rename = "it's high")]
    High,
}

#[derive(DbEnum, Debug, Clone, Copy, PartialEq)]
#[orm(text)]
enum Colour {
    Red,
    #[orm(rename = "blue'ish")]
    Blue,
}

#[derive(DbType, Debug, Clone, PartialEq)]
#[orm(schema = "kinds")]
struct Place {
    floor: i16,
    level: Level,
}

const TABLES: &[&orm::Table] = &[Department::TABLE, Employee::TABLE, Desk::TABLE];

const PLACE: Place = Place {
    floor: 3,
    level: Level::High,
};

async fn fill(db: &Database) -> Employee {
    let department = Department::insert(NewDepartment {
        head_id: None,
        level: Level::High,
    })
    .one(db)
    .await
    .unwrap();
    let desk = NewDesk {
        id: 1,
        department_id: Some(department.id),
        place: PLACE,
        places: vec![PLACE],
        colour: Colour::Blue,
    };
    let desk = Desk::insert(desk).one(db).await.unwrap();
    let ann = NewEmployee {
        name: "Ann".into(),
        department_id: Some(department.id),
        manager_id: None,
        desk_id: Some(desk.id),
        home: Some(PLACE),
        skills: vec!["sql".into()],
    };
    let ann = Employee::insert(ann).one(db).await.unwrap();
    let head = Department::query()
        .filter(|d| d.id.eq(department.id))
        .update(|d| d.head_id.set(ann.id));
    assert_eq!(head.execute(db).await.unwrap(), 1);
    ann
}

/// The server's own list of a schema's objects.
#[derive(Model, Debug)]
#[orm(view = "pg_indexes")]
struct PgIndex {
    schemaname: String,
    indexname: String,
    indexdef: String,
}

#[allow(dead_code, reason = "only queried, never read whole")]
#[derive(Model, Debug)]
#[orm(view = "table_constraints", schema = "information_schema")]
struct Constraint {
    table_schema: String,
    table_name: String,
    constraint_name: String,
    constraint_type: String,
}

#[orm::test]
async fn a_ring_of_foreign_keys_is_created_in_any_order_and_works(db: Database) {
    for tables in [[0, 1, 2], [2, 1, 0], [1, 2, 0]].map(|order| order.map(|at| TABLES[at])) {
        orm::create_all(&tables, &db).await.unwrap();
        let ann = fill(&db).await;
        assert_eq!(
            (&*ann.code, ann.shouted.as_deref(), ann.home),
            ("none", Some("ANN"), Some(PLACE))
        );
        assert_eq!((ann.manager_id, ann.desk_id, &*ann.skills[0]), (None, Some(1), "sql"));
        let mut own = Employee::find(ann.id).one(&db).await.unwrap();
        own.manager_id = Some(own.id);
        own.update(&db).await.unwrap();
        let desk = Desk::find(1).one(&db).await.unwrap();
        assert_eq!(
            (desk.places, desk.colour, desk.department_id),
            (vec![PLACE], Colour::Blue, ann.department_id)
        );
        let department = Department::query().one(&db).await.unwrap();
        assert_eq!(
            (department.head_id, department.level, desk.place.level),
            (Some(ann.id), Level::High, Level::High)
        );
        orm::drop_all(&tables, &db).await.unwrap();
        assert_eq!(
            Desk::query().all(&db).await.unwrap_err().kind(),
            ErrorKind::UndefinedObject
        );
        let left = Constraint::query()
            .filter(|c| c.table_schema.in_(["firm", "public"]))
            .count(&db)
            .await
            .unwrap();
        assert_eq!(left, 0);
    }
}

#[orm::test]
async fn create_all_and_drop_all_can_be_repeated_and_creating_keeps_rows(db: Database) {
    orm::drop_all(TABLES, &db).await.unwrap();
    orm::create_all(TABLES, &db).await.unwrap();
    fill(&db).await;
    orm::create_all(TABLES, &db).await.unwrap();
    orm::create_all(&[Desk::TABLE, Desk::TABLE], &db).await.unwrap();
    assert_eq!(Employee::query().count(&db).await.unwrap(), 1);
    orm::drop_all(TABLES, &db).await.unwrap();
    orm::drop_all(TABLES, &db).await.unwrap();
    orm::create_all(&[], &db).await.unwrap();
}

#[orm::test]
async fn two_programs_create_the_tables_at_the_same_time(db: Database) {
    let (a, b, c, d) = tokio::join!(
        orm::create_all(TABLES, &db),
        orm::create_all(TABLES, &db),
        orm::create_all(TABLES, &db),
        orm::create_all(TABLES, &db)
    );
    for result in [a, b, c, d] {
        result.unwrap();
    }
    fill(&db).await;
}

#[orm::test]
async fn what_cannot_be_created_leaves_nothing_behind(db: Database) {
    db.batch("CREATE TABLE desks (id text)").await.unwrap();
    assert!(orm::create_all(TABLES, &db).await.is_err());
    let made = Constraint::query()
        .filter(|c| c.table_schema.eq("firm"))
        .count(&db)
        .await
        .unwrap();
    assert_eq!(made, 0);
    db.batch("DROP TABLE desks").await.unwrap();
    orm::create_all(TABLES, &db).await.unwrap();
    db.batch("CREATE VIEW on_desks AS SELECT id FROM desks").await.unwrap();
    let refused = orm::drop_all(TABLES, &db).await.unwrap_err();
    assert_eq!(refused.sqlstate(), Some("2BP01"));
    fill(&db).await;
}

#[orm::test]
async fn indexes_and_constraints_are_as_declared(db: Database) {
    orm::create_all(TABLES, &db).await.unwrap();
    let indexes = PgIndex::query()
        .filter(|i| i.schemaname.eq("firm"))
        .order_by(|i| i.indexname.asc());
    let indexes = indexes.all(&db).await.unwrap();
    assert!(indexes.iter().all(|index| index.schemaname == "firm"));
    let definition = |name: &str| {
        let index = indexes.iter().find(|index| index.indexname == name);
        index
            .unwrap_or_else(|| panic!("{name} is not in {indexes:?}"))
            .indexdef
            .clone()
    };
    let by_name = definition("by name");
    assert!(
        by_name.contains("(name DESC NULLS LAST, desk_id) INCLUDE (home) WHERE (name <> ''::text)"),
        "{by_name}"
    );
    assert!(definition("employees_skills_idx").contains("USING gin"));
    assert!(definition("employees_name_key").contains("UNIQUE"));
    assert!(definition("employees_department_id_idx").contains("(department_id)"));
    let constraints = Constraint::query().filter(|c| c.table_name.eq("employees") & c.constraint_type.ne("CHECK"));
    let constraints = constraints
        .order_by(|c| c.constraint_name.asc())
        .select(|c| (c.constraint_name, c.constraint_type));
    let constraints = constraints.all(&db).await.unwrap();
    let shown: Vec<String> = constraints
        .iter()
        .map(|(name, kind)| format!("{name}: {kind}"))
        .collect();
    assert_eq!(
        shown,
        [
            "employees_department_id_fkey: FOREIGN KEY",
            "employees_desk_id_fkey: FOREIGN KEY",
            "employees_manager_id_fkey: FOREIGN KEY",
            "employees_name_department_id_key: UNIQUE",
            "employees_name_key: UNIQUE",
            "employees_pkey: PRIMARY KEY",
        ]
    );
}

#[orm::test]
async fn what_the_models_declare_the_server_enforces(db: Database) {
    orm::create_all(TABLES, &db).await.unwrap();
    let ann = fill(&db).await;
    let employee = |name: &str, department_id| NewEmployee {
        name: name.into(),
        department_id,
        manager_id: None,
        desk_id: None,
        home: None,
        skills: vec![],
    };
    let kind = |row| async { Employee::insert(row).execute(&db).await.unwrap_err().kind() };
    assert_eq!(kind(employee("Ann", None)).await, ErrorKind::UniqueViolation);
    assert_eq!(kind(employee("nobody", None)).await, ErrorKind::CheckViolation);
    assert_eq!(kind(employee(&"x".repeat(50), None)).await, ErrorKind::CheckViolation);
    assert_eq!(kind(employee("Bob", Some(99))).await, ErrorKind::ForeignKeyViolation);
    let colour = db
        .batch("INSERT INTO desks VALUES (2, NULL, '(1,low)', '{}', 'green')")
        .await
        .unwrap_err();
    assert_eq!(colour.kind(), ErrorKind::CheckViolation);
    // set_null and cascade.
    Desk::query()
        .all_rows()
        .update(|d| d.department_id.set(None))
        .execute(&db)
        .await
        .unwrap();
    Department::query().all_rows().delete().execute(&db).await.unwrap();
    assert_eq!(Employee::find(ann.id).first(&db).await.unwrap().map(|ann| ann.id), None);
}
