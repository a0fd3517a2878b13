import asyncio, concurrent.futures, ctypes, datetime, gzip, hashlib, json, mmap, multiprocessing, os, random, select, selectors, shutil, signal, socket, sqlite3, ssl, subprocess, sys, tempfile, threading, time, urllib.request, uuid, zipfile, platform, fcntl, glob, getpass, resource
def attempt(f, *a):
    try: f(*a)
    except BaseException as e: pass
t=threading.Thread(target=time.sleep,args=(0.01,)); t.start(); t.join()
with concurrent.futures.ThreadPoolExecutor(4) as p: list(p.map(abs,[1,2]))
subprocess.run("ls -la /; cat /proc/self/status; date; find /usr/lib/ssl; sort </etc/passwd|uniq -c; touch /tmp/zz; cp /tmp/zz /tmp/zzz; mv /tmp/zzz /tmp/zy; chmod 600 /tmp/zy; ln -s a /tmp/zl; rm -f /tmp/z*; head -c 10 /dev/urandom|od; tar cf /tmp/q.tar -C /usr/lib ssl; rm /tmp/q.tar; nice true; timeout 1 true; sleep 0.01; df; id; uname -a; env; stat /", shell=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
d=tempfile.mkdtemp(); f=os.path.join(d,"a")
open(f,"w").write("x"*100); os.rename(f,f+"b"); os.link(f+"b",f); os.symlink("a",f+"s"); os.truncate(f,5); os.chmod(f,0o600); os.utime(f); attempt(os.chown,f,0,0); os.access(f,4); os.listdir(d); os.stat(f); os.lstat(f); os.readlink(f+"s"); attempt(os.getxattr,f,"user.a"); attempt(os.listxattr,f); attempt(os.setxattr,f,"user.a",b"1"); attempt(os.statvfs,"/"); attempt(os.mkfifo,d+"/ff"); shutil.copy(f,f+"c"); attempt(os.sendfile,1,0,0,0); attempt(os.copy_file_range,0,1,1); shutil.rmtree(d)
fd=os.open("/tmp/mm",os.O_RDWR|os.O_CREAT); os.write(fd,b"x"*4096); m=mmap.mmap(fd,4096); m.flush(); m.madvise(mmap.MADV_DONTNEED); m.close(); fcntl.flock(fd,fcntl.LOCK_EX); fcntl.lockf(fd,fcntl.LOCK_EX); os.fsync(fd); os.fdatasync(fd); os.ftruncate(fd,10); os.pread(fd,1,0); os.pwrite(fd,b"a",0); attempt(os.preadv,fd,[bytearray(2)],0); attempt(os.pwritev,fd,[b"s"],0); attempt(os.posix_fallocate,fd,0,100); attempt(os.posix_fadvise,fd,0,0,0); os.lseek(fd,0,0); os.dup(fd); os.dup2(fd,50); os.readv(fd,[bytearray(1)]); os.writev(fd,[b"a"]); os.close(fd); os.unlink("/tmp/mm")
c=sqlite3.connect("/tmp/s.db"); c.execute("pragma journal_mode=wal"); c.execute("create table if not exists t(a)"); c.execute("insert into t values(1)"); c.commit(); c.close(); [os.unlink(p) for p in glob.glob("/tmp/s.db*")]
pid=os.fork()
if pid==0: os._exit(0)
os.waitpid(pid,0)
def w(q): q.send(1)
a,b=multiprocessing.Pipe(); p=multiprocessing.Process(target=w,args=(b,)); p.start(); p.join(); attempt(lambda: multiprocessing.Queue()); attempt(lambda: multiprocessing.Pool(2).map(abs,[1,2]))
async def srv():
    s=await asyncio.start_server(lambda r,w:w.close(),"127.0.0.1",0)
    r,w_=await asyncio.open_connection(*s.sockets[0].getsockname()); await r.read(); w_.close(); s.close()
    await asyncio.to_thread(time.sleep,0.001)
    p=await asyncio.create_subprocess_exec("true"); await p.wait()
asyncio.run(srv())
s=socket.socketpair(); s[0].send(b"x"); s[1].recv(1); s[0].sendmsg([b"a"]); s[1].recvmsg(10); socket.send_fds(s[0],[b"x"],[1]); socket.recv_fds(s[1],10,1); s[0].shutdown(2)
u=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); u.bind(("127.0.0.1",0)); u.sendto(b"x",u.getsockname()); u.recvfrom(10); u.setsockopt(socket.SOL_SOCKET,socket.SO_REUSEADDR,1); u.getsockopt(socket.SOL_SOCKET,socket.SO_RCVBUF)
x=socket.socket(socket.AF_UNIX); x.bind("/tmp/ux"); x.listen(1); y=socket.socket(socket.AF_UNIX); y.connect("/tmp/ux"); z=x.accept(); z[0].getpeername(); os.unlink("/tmp/ux")
attempt(socket.getaddrinfo,"localhost",80); attempt(socket.gethostname); attempt(socket.getfqdn); attempt(socket.if_nameindex)
attempt(lambda: urllib.request.urlopen("https://127.0.0.1:1",timeout=1))
select.select([],[],[],0.001); po=select.poll(); po.register(0); po.poll(1); ep=select.epoll(); ep.register(s[1]) if False else None; ep.poll(0.001)
signal.signal(signal.SIGALRM,lambda *a:None); signal.setitimer(signal.ITIMER_REAL,0.005); time.sleep(0.01); signal.alarm(1); signal.alarm(0); signal.pthread_sigmask(signal.SIG_BLOCK,[]); attempt(signal.sigtimedwait,[signal.SIGUSR1],0.001); signal.set_wakeup_fd(-1); os.kill(os.getpid(),0); signal.sigpending(); attempt(signal.pidfd_send_signal,os.pidfd_open(os.getpid()),0)
os.getrandom(3); os.urandom(3); ssl.create_default_context(); uuid.uuid1(); os.cpu_count(); os.sched_getaffinity(0); attempt(os.sched_setaffinity,0,[0]); os.getloadavg(); os.times(); resource.getrusage(0); resource.getrlimit(0); resource.setrlimit(resource.RLIMIT_CORE,(0,0)); os.getpgid(0); os.getsid(0); attempt(os.setpgid,0,0); os.getppid(); os.getgroups(); os.getresuid(); os.getresgid(); os.umask(0o22); os.getcwd(); os.chdir("/tmp"); os.nice(1); attempt(os.getpriority,0,0); os.sched_yield(); attempt(os.memfd_create,"x"); attempt(os.eventfd,0); time.clock_getres(0); time.clock_gettime(0); time.sleep(0.001); platform.uname(); attempt(getpass.getuser); os.pipe(); os.pipe2(0); os.get_inheritable(0); attempt(os.openpty); attempt(os.splice,0,1,1); attempt(ctypes.CDLL,None); attempt(os.posix_spawn,"/bin/true",["true"],{}); attempt(os.getlogin); attempt(os.sync); os.isatty(0); attempt(os.ttyname,0); attempt(os.lchown,"/tmp/x",0,0); attempt(signal.pthread_kill,threading.get_ident(),0); attempt(os.waitid,os.P_ALL,0,os.WEXITED|os.WNOHANG); attempt(os.wait3,0); attempt(os.timerfd_create,0) if hasattr(os,"timerfd_create") else None
import decimal, xml.etree.ElementTree, logging, email, http.client, zoneinfo
attempt(zoneinfo.ZoneInfo,"Europe/Berlin")
sys.path.extend(sys.argv[1:])
try:
  import boto3
except ImportError: sys.exit()
from botocore.config import Config
cl=boto3.client("dynamodb",endpoint_url="http://127.0.0.1:1",region_name="us-east-1",aws_access_key_id="a",aws_secret_access_key="b",config=Config(retries={"total_max_attempts":1},connect_timeout=1)); attempt(cl.list_tables)
