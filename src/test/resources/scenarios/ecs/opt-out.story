title ecs: forward, a client that tells zero bits is told of to nobody, and its answer is not given to those who are

config
    dns {
        use_hosts: false
        ecs: forward
        upstream { up: 'udp://9.9.9.9:53' }
        routing { request { fallback: up } }
    }
end
server up at 9.9.9.9
up answers * A: @ 300 A 192.0.2.1; scope 0
client 198.51.100.7 asks a.example A ecs 0.0.0.0/0
expect NOERROR, 192.0.2.1, scope 0
up was last asked ecs 0.0.0.0/0
up answers * A: @ 300 A 192.0.2.2; scope 24
client 198.51.100.7 asks a.example A
expect NOERROR, 192.0.2.2
client 10.0.0.1 asks a.example A
expect NOERROR, 192.0.2.1, at once
