title A query without RD is answered from the cache or refused, never asked further

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9
quad9 answers www.example.com A: @ 300 A 192.0.2.1

client 10.0.0.2 asks www.example.com A -rd
expect REFUSED, EDE 20, -RD
client 10.0.0.2 asks www.example.com A
expect NOERROR
client 10.0.0.2 asks www.example.com A -rd
expect NOERROR, 192.0.2.1, -RD, at once
quad9 was asked 1 time
counter refused_no_recursion is 1
