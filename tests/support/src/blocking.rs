//! Futures in synchronous tests.

use std::thread;

use tokio::runtime;

/// Runs a future on its own thread and runtime, so that asynchronous tests can call this as well.
pub(crate) fn block_on<T: Send>(future: impl Future<Output = T> + Send) -> T {
    thread::scope(|scope| {
        let running = scope.spawn(|| {
            let runtime = runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime starts").block_on(future)
        });
        running.join().expect("the future ends without a panic")
    })
}
