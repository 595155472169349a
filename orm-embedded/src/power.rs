//! What a test may do to a server of its own.

use rustix::process::Signal;

use crate::cluster::Cluster;
use crate::error::{Error, ErrorKind};
use crate::server::{Server, on_a_thread};

/// Faults of the server, for tests of what a program does about them. For a private server only
/// ([`Server::private`]); one that others share, or that of `DATABASE_URL`, refuses with [`ErrorKind::Start`].
///
/// ```no_run
/// # async fn test() -> Result<(), orm_embedded::Error> {
/// let server = orm_embedded::Server::private().await?;
/// server.pause()?; // Whatever is sent now is not answered.
/// server.resume()?;
/// server.kill().await?;
/// server.start_again().await?;
/// # Ok(())
/// # }
/// ```
impl Server {
    /// Pauses all processes of the server (`SIGSTOP`): it takes connections and bytes, and answers nothing.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Start`] when it is not a private server, or does not run.
    pub fn pause(&self) -> Result<(), Error> {
        self.own_cluster()?.signal_all(Signal::STOP)
    }

    /// Lets a paused server go on (`SIGCONT`).
    ///
    /// # Errors
    ///
    /// As [`pause`](Self::pause).
    pub fn resume(&self) -> Result<(), Error> {
        self.own_cluster()?.signal_all(Signal::CONT)
    }

    /// Kills all processes of the server (`SIGKILL`), and waits until they are gone. What was committed is there when it is
    /// [started again](Self::start_again) only with the setting `synchronous_commit` `on`: servers of this crate have it
    /// `off` by default.
    ///
    /// # Errors
    ///
    /// As [`pause`](Self::pause).
    pub async fn kill(&self) -> Result<(), Error> {
        self.end(true).await
    }

    /// Shuts the server down (`SIGINT`, a fast shutdown: sessions are ended), and waits until it is down.
    ///
    /// # Errors
    ///
    /// As [`pause`](Self::pause).
    pub async fn stop(&self) -> Result<(), Error> {
        self.end(false).await
    }

    /// Starts a server that was stopped or killed, with its data and under the same URL, and waits until it takes
    /// connections.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Start`] when it was not stopped or killed before, and when it does not come up.
    pub async fn start_again(&self) -> Result<(), Error> {
        let server = self.clone();
        on_a_thread(move || server.own_cluster()?.start_again()).await
    }

    async fn end(&self, crash: bool) -> Result<(), Error> {
        let server = self.clone();
        on_a_thread(move || server.own_cluster()?.end(crash)).await
    }

    fn own_cluster(&self) -> Result<&Cluster, Error> {
        self.cluster().ok_or_else(|| {
            let sentence = "the server of DATABASE_URL is not this program's: only one of `Server::private` can be paused, \
                            stopped or killed";
            Error::new(ErrorKind::Start, sentence)
        })
    }
}
