title fastest: one dead upstream costs no SERVFAIL

config
    dns {
        use_hosts: false
        upstream {
            a: 'udp://192.0.2.101:53'
            b: 'udp://192.0.2.102:53'
        }
        upstream_group {
            both {
                upstream: a, b
                policy: fastest
            }
        }
        routing { request { fallback: both } }
    }
end
server a at 192.0.2.101
server b at 192.0.2.102
a answers * A: @ 300 A 10.1.1.1
b answers * A: @ 300 A 10.1.1.2

a is silent
client 10.0.0.2 asks one.example A
expect NOERROR, 10.1.1.2, within 2 s
client 10.0.0.2 asks two.example A
expect NOERROR, 10.1.1.2, within 2 s
b was asked 2 times
