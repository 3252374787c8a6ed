title tcp+udp:// tries UDP first, and TCP where that fails

config
    dns {
        use_hosts: false
        upstream { quad9: 'tcp+udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9
quad9 answers www.example.com A: @ 300 A 192.0.2.1

client 10.0.0.2 asks www.example.com A
expect NOERROR, 192.0.2.1
quad9 was asked 0 times by tcp
quad9 is silent by udp
client 10.0.0.2 asks ww2.example.com A
quad9 answers ww2.example.com A: @ 300 A 192.0.2.2
expect NOERROR, 192.0.2.2, within 5 s
quad9 was asked 1 time by tcp
