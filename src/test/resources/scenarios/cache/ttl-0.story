title TTL 0 is not cached, but those who wait for it share it

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9

quad9 answers www.example.com A: @ 0 A 192.0.2.1
5 clients ask www.example.com A
expect NOERROR, ttl 0, 192.0.2.1
quad9 was asked 1 time
client 10.0.0.2 asks www.example.com A
expect NOERROR, ttl 0
quad9 was asked 2 times
