const fs=require('fs'),os=require('os'),cp=require('child_process'),http=require('http'),net=require('net'),dns=require('dns'),crypto=require('crypto'),zlib=require('zlib'),{Worker}=require('worker_threads'),dgram=require('dgram'),https=require('https'),path=require('path');
(async()=>{
const d2='/tmp/nn-child.cjs';fs.writeFileSync(d2,'process.send(1);setTimeout(()=>0,1000)');
const d=fs.mkdtempSync('/tmp/nn-');const f=d+'/a';fs.writeFileSync(f,'x');fs.appendFileSync(f,'y');fs.renameSync(f,f+'b');fs.copyFileSync(f+'b',f);fs.symlinkSync('a',f+'s');fs.readlinkSync(f+'s');fs.linkSync(f,f+'l');fs.chmodSync(f,0o600);fs.utimesSync(f,1,1);fs.truncateSync(f,1);fs.accessSync(f);fs.readdirSync(d);fs.realpathSync(f);fs.statfsSync('/');const h=fs.openSync(f,'r+');fs.fsyncSync(h);fs.fdatasyncSync(h);fs.futimesSync(h,1,1);fs.fchmodSync(h,0o600);fs.ftruncateSync(h,1);fs.readvSync(h,[Buffer.alloc(1)]);fs.writevSync(h,[Buffer.from('a')]);fs.closeSync(h);const w=fs.watch(d,()=>{});w.close();await fs.promises.readFile(f);const rs=fs.createReadStream(f);for await(const c of rs);fs.rmSync(d,{recursive:true});
os.cpus();os.freemem();os.totalmem();os.networkInterfaces();os.hostname();os.userInfo();os.loadavg();os.uptime();try{os.setPriority(0,1)}catch{};os.getPriority();
cp.execSync('echo hi; node -v');cp.spawnSync('ls',['/']);await new Promise(r=>{const c=cp.fork(d2);c.on('message',()=>c.kill());c.on('exit',r)});
await new Promise(r=>{const wk=new Worker('require("worker_threads").parentPort.postMessage(1)',{eval:true});wk.on('message',()=>0);wk.on('exit',r)});
const s=http.createServer((q,a)=>a.end('ok'));await new Promise(r=>s.listen(0,'127.0.0.1',r));const a=await fetch('http://127.0.0.1:'+s.address().port);await a.text();s.closeAllConnections();s.close();
const us=net.createServer(c=>c.end()).listen('/tmp/nsock');await new Promise(r=>net.connect('/tmp/nsock').on('close',r).resume());us.close();
await dns.promises.lookup('localhost').catch(()=>0);await dns.promises.resolve('a.invalid').catch(()=>0);
await new Promise(r=>https.get('https://127.0.0.1:1').on('error',r));
const u=dgram.createSocket('udp4');await new Promise(r=>u.bind(0,'127.0.0.1',r));u.send('x',u.address().port,'127.0.0.1');await new Promise(r=>u.on('message',r));u.close();
crypto.randomBytes(8);await new Promise(r=>crypto.pbkdf2('a','b',1000,10,'sha1',r));zlib.gzipSync('a');new Intl.DateTimeFormat('de');new WebAssembly.Memory({initial:1});
process.memoryUsage();process.resourceUsage();process.cpuUsage();process.hrtime();process.umask();process.getuid();try{process.kill(process.pid,0)}catch{};process.on('SIGUSR2',()=>0);process.kill(process.pid,'SIGUSR2');process.chdir('/tmp');setTimeout(()=>process.exit(0),20);
const big=[];for(let i=0;i<1e5;i++)big.push({i});gc=global.gc;if(gc)gc();
})();
