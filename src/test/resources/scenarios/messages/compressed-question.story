title A question whose name is a pointer gets FORMERR

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9

client 10.0.0.2 sends 00 07 01 00 00 01 00 00 00 00 00 00 c0 0c 00 01 00 01
expect FORMERR
