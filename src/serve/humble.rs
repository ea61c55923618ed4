//! Threads that work for later step back behind those that somebody waits for.

/// How far: of two threads that both want a core, one that has stepped back gets a tenth of it.
const NICE: i32 = 10;

/// Lets other threads of the machine go before this one, where the system lets a thread say so. Does nothing otherwise:
/// the shares of processor time that are stated hold all the same.
pub fn step_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(Some(rustix::thread::gettid()), NICE) {
        tracing::debug!(%error, "a thread keeps its priority");
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use rustix::process::getpriority_process;
    use rustix::thread::gettid;

    #[test]
    fn one_thread_steps_back_and_others_stay() {
        let before = getpriority_process(Some(gettid())).unwrap();
        let there = std::thread::spawn(|| {
            step_back();
            getpriority_process(Some(gettid())).unwrap()
        });
        assert_eq!(there.join().unwrap(), NICE.max(before));
        assert_eq!(getpriority_process(Some(gettid())).unwrap(), before);
    }
}
