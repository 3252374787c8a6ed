title ecs: forward passes on what the client told, at most 24 bits of it, and the answer says for whom it is

config
    dns {
        use_hosts: false
        ecs: forward
        upstream { up: 'udp://9.9.9.9:53' }
        routing { request { fallback: up } }
    }
end
server up at 9.9.9.9
up answers * A: @ 300 A 192.0.2.1; scope 20
client 10.0.0.2 asks a.example A ecs 198.51.100.128/25
expect NOERROR, 192.0.2.1, scope 20
up was last asked ecs 198.51.100.0/24
client 10.0.0.3 asks a.example A ecs 198.51.100.0/24
expect NOERROR, scope 20, at once
client 10.0.0.2 asks b.example A ecs 198.51.0.0/16
expect NOERROR
up was last asked ecs 198.51.0.0/16
