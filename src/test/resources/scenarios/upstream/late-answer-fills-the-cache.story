title An answer that comes after the budget still fills the cache

config
    dns {
        use_hosts: false
        query_timeout: 2s
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9

quad9 answers www.example.com A: @ 300 A 192.0.2.1; after 2500 ms
client 10.0.0.2 asks www.example.com A
expect SERVFAIL, EDE 22, within 2 s
time passes 1 s
client 10.0.0.2 asks www.example.com A
expect NOERROR, 192.0.2.1, at once
