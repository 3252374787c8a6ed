title What is shorter than a header is dropped

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9

client 10.0.0.2 sends 00 01 01 00
expect nothing
counter dropped_too_short is 1
