use super::*;
use crate::config::SslMode;
use orm_core::ErrorKind;

#[test]
fn a_url_names_all_parts() {
    let config: Config = "postgres://ann:p%40ss@db.example.org:5433/app?application_name=web&options=-c%20geqo%3Doff"
        .parse()
        .unwrap();
    assert_eq!(config.hosts, ["db.example.org"]);
    assert_eq!(config.ports, [5433]);
    assert_eq!(config.user.as_deref(), Some("ann"));
    assert_eq!(
        config.password.as_ref().map(|secret| secret.reveal().as_str()),
        Some("p@ss")
    );
    assert_eq!(config.dbname.as_deref(), Some("app"));
    assert_eq!(config.options.as_deref(), Some("-c geqo=off"));
}

#[test]
fn several_hosts_ipv6_and_sockets_are_read() {
    let config: Config = "postgresql://a:1,[::1]:2,c/x".parse().unwrap();
    assert_eq!(config.hosts, ["a", "::1", "c"]);
    assert_eq!(config.ports, [1, 2, 5432]);
    let config: Config = "postgres://%2Fvar%2Frun/x".parse().unwrap();
    assert_eq!(config.hosts, ["/var/run"]);
    let config: Config = "postgres:///x?host=%2Ftmp&port=7".parse().unwrap();
    assert_eq!((config.hosts[0].as_str(), config.ports[0]), ("/tmp", 7));
}

#[test]
fn no_error_of_a_url_quotes_a_part_of_a_password() {
    for url in [
        "postgres://u:cana/ry@h/d",
        "postgres://u:cana?ry@h/d",
        "postgres://u:1/cana@h/d",
        "postgres://u:cana:ry",
        "postgres://u:p@h/d?cana=ry?secret",
        "postgres://u:cana%ff@h/d",
        "mysql://u:cana@h/d",
        "cana",
        "postgres://u:p@[cana",
    ] {
        let Err(error) = url.parse::<Config>() else {
            panic!("{url} was taken");
        };
        assert_eq!(error.kind(), ErrorKind::Config);
        if !url.contains("?cana=") {
            assert!(!format!("{error} {error:?}").contains("cana"), "{error}");
        }
    }
}

#[test]
fn debug_of_a_config_shows_no_password() {
    let config: Config = "postgres://u:canary@h/d".parse().unwrap();
    assert!(!format!("{config:?}").contains("canary"));
}

#[test]
fn remote_hosts_are_encrypted_unless_the_user_says_otherwise() {
    let encrypted = |url: &str| {
        let config: Config = url.parse().unwrap();
        config.is_encrypted().unwrap_or(true)
    };
    assert!(encrypted("postgres://db.example.org/x"));
    assert!(encrypted("postgres://db.example.org/x?sslmode=prefer"));
    assert!(encrypted("postgres://10.0.0.1/x"));
    assert!(encrypted("postgres://localhost/x?sslmode=require"));
    assert!(!encrypted("postgres://db.example.org/x?sslmode=disable"));
    assert!(!encrypted("postgres://localhost/x"));
    assert!(!encrypted("postgres://127.3.0.1/x"));
    assert!(!encrypted("postgres://[::1]/x"));
    assert!(!encrypted("postgres:///x?host=%2Ftmp"));
    assert!(
        !encrypted("postgres:///x?host=%2Ftmp&sslmode=require"),
        "there is no TLS on a socket"
    );
    assert!(encrypted("postgres://@abstract/x"));
    assert!(encrypted("postgres://localhost,db.example.org/x"));
    assert!(encrypted("postgres://localhost/x?hostaddr=10.0.0.1"));
}

#[test]
fn an_unknown_parameter_is_named_with_the_known_ones() {
    let error = "postgres://h/d?sslmod=require".parse::<Config>().unwrap_err();
    assert!(error.to_string().contains("`sslmod`"), "{error}");
    assert!(error.to_string().contains("sslmode"), "{error}");
}

#[test]
fn pgbouncer_is_read_and_refuses_start_up_options() {
    let config: Config = "postgres://h/d?pgbouncer=true".parse().unwrap();
    assert!(config.pgbouncer);
    assert_eq!(config.to_server(&config.endpoints()[0], false).get_options(), None);
    let config: Config = "postgres://h/d".parse().unwrap();
    assert!(config.to_server(&config.endpoints()[0], false).get_options().is_some());
    let error = "postgres://h/d?pgbouncer=true&options=-c%20geqo%3Doff"
        .parse::<Config>()
        .unwrap_err();
    assert!(error.to_string().contains("ALTER ROLE"), "{error}");
}

#[test]
fn a_parameter_that_is_nearly_right_is_answered_with_the_right_one() {
    for (written, meant) in [
        ("sslmod=require", "sslmode"),
        ("target_session_attr=any", "target_session_attrs"),
        ("aplication_name=x", "application_name"),
        ("maxsize=3", "max_size"),
        ("idle_timout=3s", "idle_timeout"),
    ] {
        let error = format!("postgres://h/d?{written}").parse::<Config>().unwrap_err();
        assert!(
            error.to_string().contains(&format!("did you mean `{meant}`?")),
            "{error}"
        );
    }
    let error = "postgres://h/d?zzz=1".parse::<Config>().unwrap_err();
    assert!(!error.to_string().contains("did you mean"), "{error}");
}

#[test]
fn each_parameter_that_is_listed_is_known() {
    for name in crate::parameters::PARAMETERS {
        let error = Config::default().set(name, "\u{1}".into()).err();
        let text = error.map(|error| error.to_string()).unwrap_or_default();
        assert!(!text.contains("is no parameter"), "{text}");
    }
}

#[test]
fn keywords_say_what_a_url_says() {
    let text =
        " host = db.example.org port=5433 user='ann' password = 'p \\'w\\\\ ' dbname=app sslmode=disable options= ";
    let config: Config = text.parse().unwrap();
    assert_eq!((config.hosts[0].as_str(), config.ports[0]), ("db.example.org", 5433));
    assert_eq!(config.user.as_deref(), Some("ann"));
    assert_eq!(
        config.password.as_ref().map(|secret| secret.reveal().as_str()),
        Some("p 'w\\ ")
    );
    assert_eq!(config.dbname.as_deref(), Some("app"));
    assert_eq!(config.ssl_mode, Some(SslMode::Disable));
    assert_eq!(config.options, None);
    for wrong in [
        "host=h password='canary",
        "host=h canary",
        "canary=h='",
        "=canary",
        "host='h'canary x=1",
    ] {
        let Err(error) = wrong.parse::<Config>() else {
            panic!("{wrong} was taken");
        };
        assert_eq!(error.kind(), ErrorKind::Config);
        if !wrong.starts_with("canary=") {
            assert!(!error.to_string().contains("canary"), "{error}");
        }
    }
}

#[test]
fn times_of_ours_have_units_and_times_of_libpqs_need_none() {
    use std::time::Duration;
    let of = |text: &str| format!("postgres://h/d?{text}").parse::<Config>();
    assert_eq!(
        of("wait_timeout=250ms").unwrap().wait_timeout,
        Some(Duration::from_millis(250))
    );
    assert_eq!(
        of("max_lifetime=2h").unwrap().max_lifetime,
        Some(Duration::from_secs(7200))
    );
    assert_eq!(of("idle_timeout=0").unwrap().idle_timeout, None);
    assert_eq!(
        of("connect_timeout=3").unwrap().connect_timeout,
        Some(Duration::from_secs(3))
    );
    assert_eq!(
        of("connect_timeout=300ms").unwrap().connect_timeout,
        Some(Duration::from_millis(300))
    );
    assert_eq!(of("connect_timeout=0").unwrap().connect_timeout, None);
    for wrong in [
        "wait_timeout=30",
        "wait_timeout=s",
        "wait_timeout=-1s",
        "lock_timeout=1w",
        "idle_timeout=",
    ] {
        let error = of(wrong).unwrap_err();
        assert!(error.to_string().contains("500ms"), "{wrong}: {error}");
    }
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    for text in [
        "default_read_only=true&target_session_attrs=read-write",
        "pgbouncer=true&default_isolation=serializable",
        "host=a,b&hostaddr=10.0.0.1",
        "sslcert=/x",
    ] {
        let error = format!("postgres://h/d?{text}").parse::<Config>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{text}");
    }
}
