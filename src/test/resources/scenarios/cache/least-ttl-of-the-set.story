title An answer holds as long as the record of it that ends first

config
    dns {
        use_hosts: false
        optimistic_cache: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9

quad9 answers www.example.com A: @ 3600 CNAME cdn.example.net.; cdn.example.net 60 A 192.0.2.1
client 10.0.0.2 asks www.example.com A
expect NOERROR, CNAME cdn.example.net., 192.0.2.1
time passes 59 s
client 10.0.0.2 asks www.example.com A
expect at once, 192.0.2.1
time passes 1 s
client 10.0.0.2 asks www.example.com A
expect within 10 ms, 192.0.2.1
quad9 was asked 2 times
