//! A proxy between a pool and its server that can be taken away: connections refused, cut, or kept in silence.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Listens on a port of 127.0.0.1 and passes on what it is sent.
pub(crate) struct Proxy {
    pub(crate) address: String,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    /// New connections are ended at once.
    is_down: AtomicBool,
    accepted: AtomicUsize,
    open: Mutex<Vec<Wire>>,
}

/// One connection through the proxy.
struct Wire {
    client: TcpStream,
    server: TcpStream,
    /// Whatever is sent is swallowed.
    is_silent: Arc<AtomicBool>,
}

impl Proxy {
    pub(crate) fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let shared = Arc::new(Shared::default());
        let (for_thread, server) = (Arc::clone(&shared), server.to_owned());
        std::thread::spawn(move || {
            for client in listener.incoming() {
                for_thread.accept(client.unwrap(), &server);
            }
        });
        Self { address, shared }
    }

    /// How many connections were asked for.
    pub(crate) fn accepted(&self) -> usize {
        self.shared.accepted.load(Ordering::SeqCst)
    }

    /// Ends all connections, and each new one at once.
    pub(crate) fn goes_down(&self) {
        self.shared.is_down.store(true, Ordering::SeqCst);
        for wire in self.shared.open.lock().unwrap().drain(..) {
            let _ = wire.client.shutdown(Shutdown::Both);
            let _ = wire.server.shutdown(Shutdown::Both);
        }
    }

    pub(crate) fn comes_back(&self) {
        self.shared.is_down.store(false, Ordering::SeqCst);
    }

    /// Passes nothing on any more on the connections that there are. They stay open.
    pub(crate) fn falls_silent(&self) {
        for wire in self.shared.open.lock().unwrap().iter() {
            wire.is_silent.store(true, Ordering::SeqCst);
        }
    }
}

impl Shared {
    fn accept(&self, client: TcpStream, server: &str) {
        self.accepted.fetch_add(1, Ordering::SeqCst);
        let mut open = self.open.lock().unwrap();
        if self.is_down.load(Ordering::SeqCst) {
            let _ = client.shutdown(Shutdown::Both);
            return;
        }
        let server = TcpStream::connect(server).unwrap();
        let is_silent = Arc::new(AtomicBool::new(false));
        pass_on(&client, &server, &is_silent);
        pass_on(&server, &client, &is_silent);
        open.push(Wire {
            client,
            server,
            is_silent,
        });
    }
}

fn pass_on(from: &TcpStream, to: &TcpStream, is_silent: &Arc<AtomicBool>) {
    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
    let is_silent = Arc::clone(is_silent);
    std::thread::spawn(move || {
        let mut buffer = [0; 8192];
        while let Ok(read @ 1..) = from.read(&mut buffer) {
            if !is_silent.load(Ordering::SeqCst) && to.write_all(&buffer[..read]).is_err() {
                break;
            }
        }
        // Whoever is silent says no goodbye either.
        while is_silent.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_secs(1));
        }
        let _ = to.shutdown(Shutdown::Both);
    });
}
