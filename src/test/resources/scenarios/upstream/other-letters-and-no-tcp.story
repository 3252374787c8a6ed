title 0x20: a forged answer in other letters, where TCP is refused, keeps nobody from the real one

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9
quad9 refuses by tcp
quad9 answers www.example.com A: @ 300 A 192.0.2.66; case
client 10.0.0.2 asks www.example.com A
time passes 300 ms
quad9 answers www.example.com A: @ 300 A 192.0.2.1
expect NOERROR, 192.0.2.1, within 2 s
