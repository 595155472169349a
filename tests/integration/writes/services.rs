//! A web service: every way to run something is `Send`, as handlers must be.

use axum::body::{Body, to_bytes};
use axum::extract::{Path, State};
use axum::http::{Method, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use orm::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::models::{NewTicket, Ticket, User, UserKeys, tables};

#[derive(Insert, Deserialize)]
#[orm(of = User)]
struct SignUp {
    email: String,
    name: String,
    age: i32,
    #[serde(default)]
    nickname: Option<String>,
}

#[derive(Patch, Deserialize)]
#[orm(of = User)]
#[serde(default)]
#[derive(Default)]
struct UserPatch {
    name: Change<String>,
    nickname: Change<Option<String>>,
}

struct Failure(Error);

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let error = self.0;
        let status = match error.kind() {
            ErrorKind::NotFound => StatusCode::NOT_FOUND,
            ErrorKind::UniqueViolation => StatusCode::CONFLICT,
            ErrorKind::CheckViolation => StatusCode::UNPROCESSABLE_ENTITY,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let email = error.violates(|key: UserKeys| key.email);
        (status, Json(json!({ "fields": error.fields(), "email": email }))).into_response()
    }
}

fn shown(user: &User) -> Json<Value> {
    Json(json!({ "id": user.id, "name": user.name, "nickname": user.nickname, "version": user.version }))
}

async fn create(State(db): State<Database>, Json(row): Json<SignUp>) -> Result<Json<Value>, Failure> {
    let user = db
        .transaction(async |tx| {
            let user = User::insert(row).one(tx).await?;
            Ticket::insert_many((0..3).map(|_| NewTicket {})).execute(tx).await?;
            tx.transaction(async |tx| Ticket::insert(NewTicket {}).execute(tx).await)
                .await?;
            Ok(user)
        })
        .await?;
    Ok(shown(&user))
}

async fn read(State(db): State<Database>, Path(id): Path<i64>) -> Result<Json<Value>, Failure> {
    Ok(shown(&User::find(id).one(&db).await?))
}

async fn change(
    State(db): State<Database>,
    Path(id): Path<i64>,
    Json(patch): Json<UserPatch>,
) -> Result<Json<Value>, Failure> {
    Ok(shown(&User::patch(id, patch).one(&db).await?))
}

async fn remove(State(db): State<Database>, Path(id): Path<i64>) -> Result<StatusCode, Failure> {
    User::find(id).one(&db).await?.delete(&db).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Everything else that runs, in one handler: it compiles, so all of it is `Send`.
async fn everything(State(db): State<Database>) -> Result<Json<Value>, Failure> {
    let rows = |from: usize| super::models::new_users(from..from + 5);
    let borrowed = String::from("user1");
    let counted = db
        .transaction_with()
        .isolation(Isolation::Serializable)
        .retry(3)
        .run(|tx| async move {
            User::insert_many(rows(0)).execute(&*tx).await?;
            User::insert_many(rows(0))
                .on_conflict(|key| key.email)
                .do_nothing()
                .all(&*tx)
                .await?;
            User::insert_many(rows(5)).copy(true).execute(&*tx).await?;
            User::query().count(&*tx).await
        })
        .await?;
    let tx = db.begin().await?;
    let (updated, names) = tokio::try_join!(
        User::query()
            .filter(|u| u.name.eq(&*borrowed))
            .update(|u| u.age.set(u.age + 1))
            .execute(&tx),
        User::query()
            .filter(|u| u.name.eq(&*borrowed))
            .for_update()
            .update(|u| u.age.set(1))
            .returning(|u| u.name)
            .all(&tx),
    )?;
    User::query()
        .filter(|u| u.name.ne(&*borrowed))
        .delete()
        .execute(&tx)
        .await?;
    let mut ann = User::query().one(&tx).await?;
    ann.age = 7;
    let ann = ann.update(&tx).await?;
    tx.commit().await?;
    let connection = db.connection().await?;
    let kept = User::insert(super::models::new_user("user1"))
        .on_conflict(|key| key.email)
        .do_nothing()
        .one(&connection)
        .await?;
    Ok(Json(
        json!({ "counted": counted, "updated": updated, "names": names, "age": ann.age, "kept": kept.is_none() }),
    ))
}

async fn ask(app: &Router, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

fn app(db: Database) -> Router {
    Router::new()
        .route("/users", post(create))
        .route("/users/{id}", get(read).patch(change).delete(remove))
        .route("/everything", post(everything))
        .with_state(db)
}

#[orm::test(setup = tables)]
async fn a_web_service_creates_reads_changes_and_deletes(db: Database) -> Result<(), Error> {
    let app = app(db.clone());
    let row = json!({ "email": "ann@x", "name": "Ann", "age": 30 });
    let (status, ann) = ask(&app, Method::POST, "/users", row.clone()).await;
    assert_eq!(
        (status, &ann),
        (
            StatusCode::OK,
            &json!({ "id": 1, "name": "Ann", "nickname": null, "version": 1 })
        )
    );
    let (status, error) = ask(&app, Method::POST, "/users", row).await;
    assert_eq!(
        (status, error),
        (StatusCode::CONFLICT, json!({ "fields": ["email"], "email": true }))
    );
    let young = json!({ "email": "bob@x", "name": "Bob", "age": -1 });
    let (status, error) = ask(&app, Method::POST, "/users", young).await;
    assert_eq!(
        (status, error),
        (
            StatusCode::UNPROCESSABLE_ENTITY,
            json!({ "fields": ["age"], "email": false })
        )
    );
    assert_eq!(Ticket::query().count(&db).await?, 4);
    let (_, patched) = ask(&app, Method::PATCH, "/users/1", json!({ "nickname": "annie" })).await;
    assert_eq!(
        patched,
        json!({ "id": 1, "name": "Ann", "nickname": "annie", "version": 2 })
    );
    let (_, patched) = ask(&app, Method::PATCH, "/users/1", json!({ "nickname": null })).await;
    assert_eq!(patched["nickname"], Value::Null);
    assert_eq!(ask(&app, Method::GET, "/users/1", Value::Null).await.1, patched);
    assert_eq!(
        ask(&app, Method::DELETE, "/users/1", Value::Null).await.0,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        ask(&app, Method::GET, "/users/1", Value::Null).await.0,
        StatusCode::NOT_FOUND
    );
    Ok(())
}

#[orm::test(setup = tables)]
async fn everything_runs_in_a_handler(db: Database) -> Result<(), Error> {
    let (status, answer) = ask(&app(db), Method::POST, "/everything", Value::Null).await;
    let expected = json!({ "counted": 10, "updated": 1, "names": ["user1"], "age": 7, "kept": true });
    assert_eq!((status, answer), (StatusCode::OK, expected));
    Ok(())
}
