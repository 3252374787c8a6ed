title ?ecs= of an upstream holds for it alone

config
    dns {
        use_hosts: false
        
        upstream { up: 'udp://9.9.9.9:53?ecs=forward' other: 'udp://9.9.9.10:53' }
        routing { request { qname(suffix: test) -> other fallback: up } }
    }
end
server up at 9.9.9.9
server other at 9.9.9.10
up answers * A: @ 300 A 192.0.2.1; scope 24
other answers * A: @ 300 A 192.0.2.2; scope 24
client 198.51.100.7 asks a.example A
expect NOERROR, 192.0.2.1
up was last asked ecs 198.51.100.0/24
client 198.51.100.7 asks a.test A
expect NOERROR, 192.0.2.2
other was last asked -ecs
