title Ten clients with one question are one question to the upstream

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9
quad9 answers www.example.com A: @ 300 A 192.0.2.1

10 clients ask www.example.com A
expect NOERROR, 192.0.2.1, within 10 ms
quad9 was asked 1 time
counter flights_joined is 9
