title ecs: forward, an answer of scope 0, or without a scope, is for everybody

config
    dns {
        use_hosts: false
        ecs: forward
        upstream { up: 'udp://9.9.9.9:53' }
        routing { request { fallback: up } }
    }
end
server up at 9.9.9.9
up answers a.example A: @ 300 A 192.0.2.1; scope 0
up answers b.example A: @ 300 A 192.0.2.2
client 198.51.100.7 asks a.example A
expect NOERROR, 192.0.2.1
client 203.0.113.7 asks a.example A
expect NOERROR, 192.0.2.1, at once
client 198.51.100.7 asks b.example A
expect NOERROR, 192.0.2.2
client 203.0.113.7 asks b.example A
expect NOERROR, 192.0.2.2, at once
up was asked 2 times
