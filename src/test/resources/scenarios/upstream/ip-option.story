title ?ip= of an upstream is asked for instead of a look-up of its name, the next one when the first is dead

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://dns.quad9.example:53?ip=9.9.9.9,9.9.9.10' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9
server second at 9.9.9.10
quad9 is silent
second answers * A: @ 300 A 192.0.2.1

client 10.0.0.2 asks a.example A
expect NOERROR, 192.0.2.1, within 320 ms
