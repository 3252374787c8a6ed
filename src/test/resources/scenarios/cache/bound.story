title max_cache_size bounds what is kept

config
    dns {
        use_hosts: false
        max_cache_size: 2
        optimistic_cache: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9

quad9 answers * A: @ 300 A 192.0.2.1
client 10.0.0.2 asks a.example A
expect NOERROR
client 10.0.0.2 asks b.example A
expect NOERROR
client 10.0.0.2 asks c.example A
expect NOERROR
client 10.0.0.2 asks d.example A
expect NOERROR
client 10.0.0.2 asks a.example A
expect NOERROR
client 10.0.0.2 asks b.example A
expect NOERROR
client 10.0.0.2 asks c.example A
expect NOERROR
client 10.0.0.2 asks d.example A
expect NOERROR
counter answered_from_cache is 2
