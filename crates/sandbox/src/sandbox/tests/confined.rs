//! Confined programs that try to get out. Each test runs at every level that this machine gives
//! and checks what that level promises.

use super::*;
use crate::{Confinement, Listen, Socket};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// A machine with a program's folder, a scratch folder, and a secret beside them.
struct Machine {
    sandbox: Sandbox,
    folder: TempDir,
    confinement: Confinement,
}

impl Machine {
    /// `None` if this machine does not give `level`.
    async fn at(level: Level) -> Option<Machine> {
        let sandbox = Sandbox::at_most(level, Containment::PidNamespace)
            .await
            .unwrap();
        if sandbox.probe().level != level {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        for name in ["code", "scratch", "data"] {
            let path = folder.path().join(name);
            std::fs::create_dir(&path).unwrap();
            let open = std::fs::Permissions::from_mode(0o755);
            std::fs::set_permissions(&path, open).unwrap();
        }
        std::fs::write(folder.path().join("code/file"), "code").unwrap();
        std::fs::write(folder.path().join("data/secret"), "hush-hush").unwrap();
        let confinement = Confinement::new()
            .visible(folder.path().join("code"), "/var/task")
            .scratch(folder.path().join("scratch"), 8 << 20)
            .memory_bytes(64 << 20)
            .hidden(folder.path().join("data"));
        Some(Machine {
            sandbox,
            folder,
            confinement,
        })
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn shell(&self, script: &str) -> Command {
        Command::new("/bin/sh", self.folder.path().join("code"))
            .arg("-c")
            .arg(script)
            .env("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin")
            .env(
                "CODE",
                if self.is_own() {
                    "/var/task".into()
                } else {
                    self.path("code")
                },
            )
            .env(
                "SCRATCH",
                if self.is_own() {
                    "/tmp".into()
                } else {
                    self.path("scratch")
                },
            )
            .env("DATA", self.path("data"))
    }

    fn is_own(&self) -> bool {
        self.sandbox.probe().level == Level::Sandbox
    }

    async fn run(&self, script: &str) -> (Exit, String) {
        self.run_in(script, &self.confinement).await
    }

    async fn run_in(&self, script: &str, confinement: &Confinement) -> (Exit, String) {
        let command = self.shell(script);
        let started = self.sandbox.start_confined(&command, confinement).await;
        let confined = started.unwrap();
        let out = read_all(&confined.output).await;
        (confined.process.wait().await, out)
    }

    /// The script must print this and nothing else.
    async fn check(&self, script: &str, expected: &str) {
        let (exit, out) = self.run(script).await;
        assert_eq!(out, expected, "{script}: {exit}");
    }

    /// The script must fail; neither it nor the server may come to harm.
    async fn check_refused(&self, script: &str) {
        let (exit, out) = self.run(script).await;
        assert_ne!(exit, Exit::Code(0), "{script}: {out}");
        assert!(!out.contains("hush-hush"), "{script}: {out}");
        self.check("echo fine", "fine\n").await;
    }

    /// As [`Machine::check_refused`] for a Python program.
    async fn check_python_refused(&self, program: &str) {
        self.check_refused(&format!("python3 -I -c '{program}'"))
            .await;
    }
}

#[tokio::test]
async fn a_confined_program_sees_what_it_is_shown() {
    for level in [Level::Sandbox, Level::Restricted, Level::Process] {
        let Some(machine) = Machine::at(level).await else {
            continue;
        };
        machine
            .check(
                "cat file; pwd",
                &format!("code{}\n", machine.shell("").env[1].1.display()),
            )
            .await;
        machine
            .check("echo x > $SCRATCH/x; cat $SCRATCH/x", "x\n")
            .await;
    }
}

#[tokio::test]
async fn a_root_of_its_own_has_nothing_else() {
    let Some(machine) = Machine::at(Level::Sandbox).await else {
        return;
    };
    let (_, out) = machine.run("ls -A / /var /tmp; id -u; hostname").await;
    let top = [
        "bin", "dev", "etc", "lib", "lib32", "lib64", "libx32", "nix", "proc", "sbin", "tmp",
        "usr", "var",
    ];
    let mut lines = out.lines().filter(|line| !top.contains(line));
    let rest = ["/:", "", "/tmp:", "", "/var:", "task", "993", "localhost"];
    assert!(lines.by_ref().eq(rest), "{out}");
    machine.check_refused("cat $DATA/secret").await;
    machine.check_refused("touch /var/task/new").await;
    machine
        .check_refused("touch /usr/new /etc/new /new /dev/new")
        .await;
    machine.check_refused("echo > /var/task/file").await;
    machine
        .check_refused("ls /sys /root /home /run /boot")
        .await;
    // Its own processes only: the init, the shell, and those that look.
    let (_, out) = machine
        .run("ls -d /proc/[0-9]* | wc -l; grep -c . /proc/1/environ")
        .await;
    assert!(out.starts_with("4\n") || out.starts_with("3\n"), "{out}");
    let status = "grep -E '^(Cap...|NoNewPrivs|Seccomp):' /proc/self/status | tr -s '\\t' ' '";
    let none = "0000000000000000";
    let expected = format!(
        "CapInh: {none}\nCapPrm: {none}\nCapEff: {none}\nCapBnd: {none}\nCapAmb: {none}\n\
         NoNewPrivs: 1\nSeccomp: 2\n"
    );
    let (_, out) = machine.run(status).await;
    if machine.sandbox.holding == Holding::OwnUser {
        assert_eq!(out, expected);
    }
    assert!(out.contains(&format!("CapEff: {none}")), "{out}");
}

#[tokio::test]
async fn a_shared_root_shows_only_what_is_allowed() {
    let Some(machine) = Machine::at(Level::Restricted).await else {
        return;
    };
    for refused in [
        "cat $DATA/secret",
        "ls $DATA",
        "touch $CODE/new",
        "echo > $CODE/file",
        "touch /tmp/new-file",
        "cat /proc/1/environ",
        "cat /proc/$PPID/environ",
        "ls /root",
        "kill -0 $PPID",
        "kill -0 1",
        "mount -t tmpfs none /tmp",
        "unshare -U true",
        "chroot / true",
    ] {
        machine.check_refused(refused).await;
    }
}

#[tokio::test]
async fn what_would_break_out_is_refused() {
    for level in [Level::Sandbox, Level::Restricted] {
        let Some(machine) = Machine::at(level).await else {
            continue;
        };
        for refused in [
            "mount -t tmpfs none /tmp",
            "mount -o remount,rw /",
            "umount /proc",
            "unshare -U true",
            "unshare -n true",
            "chroot / true",
            "nsenter -t 1 -m true",
            "mknod $SCRATCH/disk b 8 0",
            "strace -p 1",
            "cat /dev/mem /dev/vda /dev/sda",
            "dmesg",
            "echo 1 > /proc/sys/kernel/sysrq",
            "su -c true",
        ] {
            machine.check_refused(refused).await;
        }
        for refused in [
            "import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)",
            "import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
            "open(\"/proc/1/mem\", \"rb\")",
            "open(\"/proc/1/environ\", \"rb\").read()[0]",
            "import ctypes; exit(ctypes.CDLL(None).ptrace(16, 1, 0, 0) == -1)",
            "import ctypes; exit(ctypes.CDLL(None).syscall(272, 0x10000000) == -1)",
        ] {
            machine.check_python_refused(refused).await;
        }
        if level == Level::Sandbox {
            machine
                .check_python_refused("import os; os.setuid(0)")
                .await;
        }
    }
}

#[tokio::test]
async fn the_machines_loopback_is_out_of_reach() {
    let Some(machine) = Machine::at(Level::Sandbox).await else {
        return;
    };
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    machine
        .check_python_refused(&format!(
            "import socket; socket.create_connection((\"127.0.0.1\", {port}), 2)"
        ))
        .await;
    machine
        .check_python_refused("import socket; socket.create_connection((\"192.0.2.1\", 80), 2)")
        .await;
}

#[tokio::test]
async fn sockets_made_inside_are_served_outside() {
    let Some(machine) = Machine::at(Level::Sandbox).await else {
        return;
    };
    let confinement = machine
        .confinement
        .clone()
        .any_address()
        .listen(Listen::Tcp(9001))
        .listen(Listen::TcpAnywhere(443))
        .listen(Listen::Udp(53));
    let command = machine.shell(
        "python3 -I -c '
import socket
for address in ((\"127.0.0.1\", 9001), (\"198.51.100.7\", 443)):
    s = socket.create_connection(address, 5); s.sendall(b\"ping\"); print(s.recv(9).decode())
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.settimeout(5)
u.sendto(b\"name\", (\"127.0.0.1\", 53)); print(u.recv(9).decode())
'",
    );
    let confined = machine
        .sandbox
        .start_confined(&command, &confinement)
        .await
        .unwrap();
    let [
        Socket::Tcp(first),
        Socket::Tcp(anywhere),
        Socket::Udp(names),
    ] = &confined.sockets[..]
    else {
        panic!("{:?}", confined.sockets);
    };
    let answer = async |listener: &tokio::net::TcpListener, with: &[u8]| {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = [0; 4];
        stream.read_exact(&mut asked).await.unwrap();
        stream.write_all(with).await.unwrap();
        stream.local_addr().unwrap().to_string()
    };
    assert_eq!(answer(first, b"pong").await, "127.0.0.1:9001");
    assert_eq!(answer(anywhere, b"far").await, "198.51.100.7:443");
    let mut question = [0; 16];
    let (length, from) = names.recv_from(&mut question).await.unwrap();
    assert_eq!(&question[..length], b"name");
    names.send_to(b"address", from).await.unwrap();
    assert_eq!(read_all(&confined.output).await, "pong\nfar\naddress\n");
}

#[tokio::test]
async fn bombs_are_contained() {
    for level in [Level::Sandbox, Level::Restricted] {
        let Some(machine) = Machine::at(level).await else {
            continue;
        };
        let probe = machine.sandbox.probe();
        if level == Level::Sandbox {
            machine
                .check_refused("head -c 100000000 /dev/zero > /tmp/full")
                .await;
        }
        machine
            .check_python_refused("files = [open(\"/dev/null\") for _ in range(10000)]")
            .await;
        if probe.has_cgroups || level == Level::Sandbox {
            let small = Confinement {
                processes: 64,
                ..machine.confinement.clone()
            };
            let bomb = "import os\nwhile True:\n  try: os.fork()\n  except OSError: os._exit(1)";
            let bomb = format!("python3 -I -c '{bomb}'");
            let (exit, _) = machine.run_in(&bomb, &small).await;
            assert_ne!(exit, Exit::Code(0));
        }
        if probe.has_cgroups {
            let hungry = machine.shell("python3 -I -c 'x = bytearray(500000000)'");
            let confined = machine
                .sandbox
                .start_confined(&hungry, &machine.confinement)
                .await
                .unwrap();
            assert_ne!(confined.process.wait().await, Exit::Code(0));
            assert!(confined.process.ran_out_of_memory());
        }
        machine.check("echo fine", "fine\n").await;
    }
}

#[tokio::test]
async fn what_outlives_the_program_ends_with_it() {
    for (level, marker) in [(Level::Sandbox, "97651"), (Level::Restricted, "97652")] {
        let Some(machine) = Machine::at(level).await else {
            continue;
        };
        let (exit, _) = machine
            .run(&format!("setsid sleep {marker} > /dev/null 2>&1 & exit 5"))
            .await;
        assert_eq!(exit, Exit::Code(5));
        eventually("the sleeper ends", || !runs(&format!("sleep\0{marker}"))).await;
    }
}

/// Namespaces, mounts, control groups and processes of this machine, of our making or not.
fn traces() -> (usize, usize) {
    let own = format!("sandbox-{}", std::process::id());
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap();
    let groups = ["memory", "pids", "cpu"].map(|controller| {
        let folders = find(Path::new("/sys/fs/cgroup").join(controller).as_path(), &own);
        folders
            .into_iter()
            .map(|f| {
                std::fs::read_dir(f)
                    .into_iter()
                    .flatten()
                    .flatten()
                    .filter(|e| e.path().is_dir())
                    .count()
            })
            .sum::<usize>()
    });
    (mounts.lines().count(), groups.iter().sum())
}

/// Folders called `name` up to four levels below `folder`.
fn find(folder: &Path, name: &str) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut pending = vec![(folder.to_owned(), 0)];
    while let Some((folder, depth)) = pending.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.ends_with(name) {
                found.push(path);
            } else if depth < 4 && path.is_dir() {
                pending.push((path, depth + 1));
            }
        }
    }
    found
}

#[tokio::test]
async fn nothing_is_left_of_many_programs() {
    for level in [Level::Sandbox, Level::Restricted] {
        let Some(machine) = Machine::at(level).await else {
            continue;
        };
        // What waits in stock comes and goes at times of its own.
        let fds = || {
            machine.sandbox.reclaim(Instant::now());
            std::fs::read_dir("/proc/self/fd").unwrap().count()
        };
        let (mounts, open) = (traces().0, fds());
        for round in 0..50 {
            let command = machine.shell("sleep 97653 & wait");
            let confined = machine
                .sandbox
                .start_confined(&command, &machine.confinement)
                .await
                .unwrap();
            match round % 3 {
                0 => confined.process.kill().await,
                1 => drop(confined),
                _ => {
                    drop(confined.output);
                    confined.process.kill().await;
                }
            }
        }
        eventually("all processes end", || !runs("sleep\097653")).await;
        assert_eq!(traces().0, mounts);
        eventually("files are closed", || fds() <= open + 2).await;
        drop(machine);
    }
}

/// The init processes that wait for programs to execute.
fn waiting(sandbox: &Sandbox) -> Vec<i32> {
    let stock = sandbox.stock.as_ref().unwrap();
    stock.waiting()
}

#[tokio::test]
async fn init_processes_wait_in_stock_and_end_with_it() {
    let Some(machine) = Machine::at(Level::Sandbox).await else {
        return;
    };
    let sandbox = &machine.sandbox;
    let command = machine.shell("exit 3");
    let start = || sandbox.start_confined(&command, &machine.confinement);
    sandbox.prepare();
    eventually("some wait", || waiting(sandbox).len() == 3).await;

    // Whoever waits is taken, once, and replaced.
    let before = waiting(sandbox);
    let confined = start().await.unwrap();
    let left = waiting(sandbox);
    assert_eq!(before.iter().filter(|init| !left.contains(init)).count(), 1);
    assert_eq!(confined.process.wait().await, Exit::Code(3));
    drop(confined);
    eventually("it is replaced", || waiting(sandbox).len() == 3).await;

    // One that was killed is passed over.
    let killed = waiting(sandbox);
    for init in &killed {
        let pid = rustix::process::Pid::from_raw(*init).unwrap();
        rustix::process::kill_process(pid, Signal::KILL).unwrap();
    }
    eventually("they end", || killed.iter().all(|pid| !lives(*pid))).await;
    assert_eq!(start().await.unwrap().process.wait().await, Exit::Code(3));

    // Reclaimed when idle, with its control groups; the last ones end with the sandbox.
    eventually("others wait", || waiting(sandbox).len() == 3).await;
    let idle = waiting(sandbox);
    sandbox.reclaim(Instant::now());
    eventually("the idle ones end", || idle.iter().all(|pid| !lives(*pid))).await;
    eventually("their groups go", || groups_of(sandbox).is_empty()).await;
    sandbox.prepare();
    eventually("others wait", || waiting(sandbox).len() == 3).await;
    let last = waiting(sandbox);
    drop(machine);
    eventually("the last ones end", || last.iter().all(|pid| !lives(*pid))).await;
}

fn lives(pid: i32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

/// The control groups of a sandbox's programs.
fn groups_of(sandbox: &Sandbox) -> Vec<std::path::PathBuf> {
    let cgroups = sandbox.cgroups.as_ref();
    cgroups.map_or_else(Vec::new, |cgroups| cgroups.members())
}

/// Which levels there are to test: as root nearly every machine gives the strongest.
#[tokio::test]
async fn levels_are_found() {
    let sandbox = Sandbox::new().await.unwrap();
    println!("{:?} {:?}", sandbox.probe(), sandbox.holding);
}

#[tokio::test]
async fn companions_run_beside_the_program() {
    for level in [Level::Sandbox, Level::Restricted] {
        let Some(machine) = Machine::at(level).await else {
            continue;
        };
        let folder = tempfile::tempdir().unwrap();
        open_to_all(folder.path());
        let companion = folder.path().join("companion");
        let script = b"#!/bin/sh\necho $SHARED$OWN; pwd; sleep 0.1; exit 3\n";
        std::fs::write(&companion, script).unwrap();
        open_to_all(&companion);
        let confinement = machine.confinement.clone().visible(folder.path(), "/opt");
        let place = |path: &Path| machine.sandbox.place(&confinement, path);
        let command = machine
            .shell("echo $SHARED$OWN; sleep 60")
            .env("SHARED", "shared")
            .own_env("OWN", "own")
            .companion(place(&companion))
            .companion(place(&folder.path().join("missing")));
        let started = machine.sandbox.start_confined(&command, &confinement).await;
        let mut confined = started.unwrap();
        let process = confined.process;
        process.companions_end(2).await;
        assert_eq!(
            process.companion_end().await,
            (1, Exit::NotStarted(libc::ENOENT))
        );
        let companions = confined.companions.take().unwrap();
        assert_eq!(read_some(&companions).await, "shared\n/\n", "{level}");
        assert_eq!(
            read_now(&confined.output),
            "",
            "{level}: it was not released"
        );
        process.release();
        assert_eq!(read_some(&confined.output).await, "sharedown\n", "{level}");
        assert_eq!(process.exit(), None);
        process.kill().await;
        assert_eq!(process.exit(), Some(Exit::Killed));
    }
}

fn open_to_all(path: &Path) {
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(path, mode).unwrap();
}

fn read_now(output: &Output) -> String {
    let mut buffer = [0; 1024];
    let read = output.try_read(&mut buffer).unwrap().unwrap_or(0);
    String::from_utf8_lossy(&buffer[..read]).into_owned()
}

async fn read_some(output: &Output) -> String {
    output.readable().await.unwrap();
    read_now(output)
}

/// A root with a shell and its libraries in it.
fn root_with_shell(machine: &Machine) -> String {
    let root = machine.path("root");
    let listed = std::process::Command::new("ldd").arg("/bin/sh").output();
    let listed = String::from_utf8(listed.unwrap().stdout).unwrap();
    let libraries = listed
        .split_whitespace()
        .filter(|word| word.starts_with('/'));
    for path in libraries.chain(["/bin/sh", "/bin/cat"]) {
        let copy = Path::new(&root).join(path.trim_start_matches('/'));
        std::fs::create_dir_all(copy.parent().unwrap()).unwrap();
        std::fs::copy(path, copy).unwrap();
    }
    for name in ["dev", "etc", "proc", "tmp", "app"] {
        std::fs::create_dir_all(Path::new(&root).join(name)).unwrap();
    }
    for name in ["etc/hosts", "etc/resolv.conf", "app/here"] {
        std::fs::write(Path::new(&root).join(name), "own").unwrap();
    }
    root
}

#[tokio::test]
async fn a_folder_as_root_has_nothing_else() {
    let Some(machine) = Machine::at(Level::Sandbox).await else {
        return;
    };
    let root = root_with_shell(&machine);
    let confinement = Confinement::new().root(&root);
    let script = "IFS=; cat here; cat /etc/hosts; echo x >/tmp/x && cat /tmp/x; \
                  (echo x >here) 2>/dev/null || echo read-only; \
                  cat /dev/null; for path in /usr/share /.old /.own /../app/here; do \
                  [ -e $path ] && echo $path; done; true";
    let command = Command::new(format!("{root}/bin/sh"), format!("{root}/app"));
    let command = command.arg("-c").arg(script).env("PATH", "/bin");
    let started = machine.sandbox.start_confined(&command, &confinement).await;
    let confined = started.unwrap();
    let output = read_all(&confined.output).await;
    let exit = confined.process.wait().await;
    assert_eq!(exit, Exit::Code(0), "{output}");
    let expected = "own127.0.0.1 localhost";
    assert!(output.starts_with(expected), "{output}");
    assert!(
        output.contains("\nx\nread-only\n/../app/here\n"),
        "{output}"
    );
}
