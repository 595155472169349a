//! Joins by a free condition, against what loops over all rows give.

use orm::Query;
use orm::prelude::*;

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "teams")]
struct Team {
    #[orm(primary_key)]
    id: i32,
    name: String,
    motto: Option<String>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "players")]
struct Player {
    #[orm(primary_key)]
    id: i32,
    team_id: Option<i32>,
    name: String,
    score: i32,
}

fn rows() -> (Vec<Team>, Vec<Player>) {
    let team = |id, name: &str, motto: Option<&str>| Team {
        id,
        name: name.into(),
        motto: motto.map(Into::into),
    };
    let player = |id, team_id, name: &str, score| Player {
        id,
        team_id,
        name: name.into(),
        score,
    };
    (
        vec![
            team(1, "red", Some("go")),
            team(2, "blue", None),
            team(3, "empty", None),
        ],
        vec![
            player(1, Some(1), "ann", 5),
            player(2, Some(1), "bob", 7),
            player(3, Some(2), "cid", 7),
            player(4, None, "dan", 1),
            player(5, Some(9), "eve", 3),
        ],
    )
}

async fn league(db: Database) -> Result<(), Error> {
    orm::create_all(&[Team::TABLE, Player::TABLE], &db).await?;
    let (teams, players) = rows();
    let teams = teams.into_iter().map(|team| NewTeam {
        id: team.id,
        name: team.name,
        motto: team.motto,
    });
    let players = players.into_iter().map(|player| NewPlayer {
        id: player.id,
        team_id: player.team_id,
        name: player.name,
        score: player.score,
    });
    Team::insert_many(teams.collect::<Vec<_>>()).execute(&db).await?;
    Player::insert_many(players.collect::<Vec<_>>()).execute(&db).await?;
    Ok(())
}

fn belongs(player: &Player, team: &Team) -> bool {
    player.team_id == Some(team.id)
}

fn pairs() -> Vec<(Team, Player)> {
    let (teams, players) = rows();
    let matches = |team: &Team| {
        let mine = players.iter().filter(|player| belongs(player, team)).cloned();
        mine.map(|player| (team.clone(), player)).collect::<Vec<_>>()
    };
    teams.iter().flat_map(matches).collect()
}

#[orm::test(setup = league)]
async fn an_inner_join_gives_the_pairs(db: Database) {
    let query: Query<(Team, Player)> = Team::query().join(|t| Player::query().on(|p| p.team_id.eq(t.id)));
    let found = query
        .order_by(|(t, p)| (t.id.asc(), p.id.asc()))
        .all(&db)
        .await
        .unwrap();
    assert_eq!(found, pairs());
}

#[orm::test(setup = league)]
async fn a_left_join_gives_every_row_of_its_side(db: Database) {
    let query: Query<(Team, Option<Player>)> = Team::query().left_join(|t| Player::query().on(|p| p.team_id.eq(t.id)));
    let found = query
        .order_by(|(t, p)| (t.id.asc(), p.id.asc()))
        .all(&db)
        .await
        .unwrap();
    let mut expected: Vec<(Team, Option<Player>)> = pairs().into_iter().map(|(t, p)| (t, Some(p))).collect();
    expected.push((rows().0[2].clone(), None));
    assert_eq!(found, expected);
}

#[orm::test(setup = league)]
async fn the_filter_of_what_is_left_joined_keeps_the_rows_of_this_side(db: Database) {
    let found = Team::query()
        .left_join(|t| Player::query().filter(|p| p.score.gt(6)).on(|p| p.team_id.eq(t.id)))
        .order_by(|(t, _)| t.id.asc())
        .select(|(t, p)| (t.name, p.name))
        .all(&db)
        .await
        .unwrap();
    let some = |text: &str| Some(text.to_owned());
    let expected = [
        ("red".to_owned(), some("bob")),
        ("blue".to_owned(), some("cid")),
        ("empty".to_owned(), None),
    ];
    assert_eq!(found, expected);
}

#[orm::test(setup = league)]
async fn a_right_join_gives_every_row_of_the_other_side_that_its_filter_leaves(db: Database) {
    let query: Query<(Option<Team>, Player)> =
        Team::query().right_join(|t| Player::query().filter(|p| p.score.lt(7)).on(|p| p.team_id.eq(t.id)));
    let found = query.order_by(|(_, p)| p.id.asc()).all(&db).await.unwrap();
    let (teams, players) = rows();
    let left = players.iter().filter(|player| player.score < 7);
    let expected: Vec<_> = left
        .map(|player| {
            let team = teams.iter().find(|team| belongs(player, team)).cloned();
            (team, player.clone())
        })
        .collect();
    assert_eq!(found, expected);
}

#[orm::test(setup = league)]
async fn a_full_join_gives_every_row_of_both_sides(db: Database) {
    let query: Query<(Option<Team>, Option<Player>)> =
        Team::query().full_join(|t| Player::query().filter(|p| p.score.ne(7)).on(|p| p.team_id.eq(t.id)));
    let query = query.order_by(|(t, p)| (t.id.asc(), p.id.asc()));
    let found = query.select(|(t, p)| (t.id, p.id)).all(&db).await.unwrap();
    assert_eq!(
        found,
        [
            (Some(1), Some(1)),
            (Some(2), None),
            (Some(3), None),
            (None, Some(4)),
            (None, Some(5)),
        ]
    );
}

#[orm::test(setup = league)]
async fn a_cross_join_gives_every_pair(db: Database) {
    let found = Team::query()
        .cross_join(|_| Player::query().filter(|p| p.score.eq(7)))
        .order_by(|(t, p)| (t.id.asc(), p.id.asc()))
        .select(|(t, p)| (t.id, p.id))
        .all(&db)
        .await
        .unwrap();
    assert_eq!(found, [(1, 2), (1, 3), (2, 2), (2, 3), (3, 2), (3, 3)]);
    assert_eq!(
        Team::query().cross_join(|_| Player::query()).count(&db).await.unwrap(),
        15
    );
}

#[orm::test(setup = league)]
async fn a_table_is_joined_with_itself_as_often_as_one_likes(db: Database) {
    let better = Player::query()
        .join(|p| Player::query().on(|better| better.score.gt(p.score)))
        .join(|(_, better)| Player::query().on(|best| best.score.gt(better.score)))
        .order_by(|(p, better, best)| (p.id.asc(), better.id.asc(), best.id.asc()))
        .select(|(p, better, best)| (p.id, better.id, best.id))
        .all(&db)
        .await
        .unwrap();
    let (_, players) = rows();
    let mut expected = Vec::new();
    for p in &players {
        for better in players.iter().filter(|better| better.score > p.score) {
            for best in players.iter().filter(|best| best.score > better.score) {
                expected.push((p.id, better.id, best.id));
            }
        }
    }
    assert_eq!(better, expected);
}

#[orm::test(setup = league)]
async fn a_lateral_join_gives_the_best_of_each(db: Database) {
    let best = Team::query()
        .left_join_lateral(|t| {
            let mine = Player::query().filter(|p| p.team_id.eq(t.id));
            mine.order_by(|p| (p.score.desc(), p.id.asc())).limit(1)
        })
        .order_by(|(t, _)| t.id.asc())
        .select(|(t, p)| (t.id, p.name))
        .all(&db)
        .await
        .unwrap();
    let name = |name: &str| Some(name.to_owned());
    assert_eq!(best, [(1, name("bob")), (2, name("cid")), (3, None)]);
}

#[orm::test(setup = league)]
async fn a_derived_table_is_one_element_of_the_scope(db: Database) {
    let per_team = Player::query()
        .group_by(|p| p.team_id)
        .select(|g| (g.key(), g.count(), g.max(|p| p.score)));
    let found = Team::query()
        .left_join(|t| per_team.on(|(team, ..)| team.eq(t.id)))
        .order_by(|(t, _)| t.id.asc())
        .select(|(t, (_, players, best))| (t.name, players, best))
        .all(&db)
        .await
        .unwrap();
    assert_eq!(
        found,
        [
            ("red".to_owned(), Some(2), Some(7)),
            ("blue".to_owned(), Some(1), Some(7)),
            ("empty".to_owned(), None, None),
        ]
    );
}

#[orm::test(setup = league)]
async fn a_limit_before_a_join_holds_before_it(db: Database) {
    let first = Team::query().order_by(|t| t.id.asc()).limit(1);
    let found = first.join(|t| Player::query().on(|p| p.team_id.eq(t.id)));
    assert_eq!(found.count(&db).await.unwrap(), 2);
}

#[orm::test(setup = league)]
async fn a_copy_of_a_query_can_stand_inside_of_the_original(db: Database) {
    let players = Player::query().filter(|p| p.team_id.is_not_null());
    let copy = players.clone();
    let best = players.filter(|p| not_exists(copy.filter(|other| other.score.gt(p.score))));
    let mut found = best.select(|p| p.id).all(&db).await.unwrap();
    found.sort_unstable();
    assert_eq!(found, [2, 3]);
}

#[orm::test(setup = league)]
async fn twelve_sources_are_joined_flat(db: Database) {
    macro_rules! joined {
        ($query:expr; $($n:tt)*) => { $query $(.join({ let _ = $n; |_| Team::query().on(|t| t.id.eq(1)) }))* };
    }
    let query = joined!(Team::query().filter(|t| t.id.eq(1)); 1 2 3 4 5 6 7 8 9 10 11);
    let rows = query.all(&db).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].0, rows[0].11);
}

fn high(player: PlayerFields) -> Expr<bool> {
    player.score.gt(5)
}

fn double(player: PlayerFields) -> Expr<i32> {
    player.score * 2
}

#[orm::test(setup = league)]
async fn functions_over_columns_are_used_on_a_side_that_may_be_missing(db: Database) {
    let joined = || Team::query().left_join(|t| Player::query().on(|p| p.team_id.eq(t.id)));
    let rows: Vec<(i32, Option<i32>, Option<i32>, Option<bool>)> = joined()
        .select(|(t, p)| (t.id, p.score, p.map(double), p.map(high)))
        .all(&db)
        .await
        .unwrap();
    assert!(rows.iter().any(|row| row.1.is_none()) && rows.iter().any(|row| row.1.is_some()));
    for (_, score, doubled, is_high) in &rows {
        assert_eq!((*doubled, *is_high), (score.map(|s| s * 2), score.map(|s| s > 5)));
    }
    let filtered = joined().filter(|(_, p)| p.map(high)).count(&db).await.unwrap();
    assert_eq!(filtered as usize, rows.iter().filter(|row| row.3 == Some(true)).count());
    // The side that is always there has it, too.
    let always = Player::query().filter(|p| p.map(high)).count(&db).await.unwrap();
    assert_eq!(always, Player::query().filter(high).count(&db).await.unwrap());
}
