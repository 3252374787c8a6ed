title A server that is silent by UDP is asked by TCP, and by TCP first for the next minute

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9
quad9 answers * A: @ 300 A 192.0.2.1
quad9 is silent by udp

client 10.0.0.2 asks www.example.com A
expect NOERROR, 192.0.2.1, within 4 s
quad9 was asked 1 time by tcp
counter upstream_udp_silent is 1
client 10.0.0.2 asks ww2.example.com A
expect NOERROR, 192.0.2.1, within 30 ms
quad9 is up by udp
time passes 61 s
client 10.0.0.2 asks ww3.example.com A
expect NOERROR, 192.0.2.1
quad9 was asked 2 times by tcp
