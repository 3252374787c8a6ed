title full, keyword and regex each match as they say

config
    dns {
        use_hosts: false
        upstream {
            quad9: 'udp://9.9.9.9:53'
            home: 'udp://192.168.1.1:53'
        }
        routing {
            request {
                qname(full: one.example) -> home
                qname(keyword: track) -> home
                qname(regex: '^cdn[0-9]+\.') -> home
                fallback: quad9
            }
        }
    }
end
server quad9 at 9.9.9.9
server home at 192.168.1.1
quad9 answers * A: @ 300 A 192.0.2.9
home answers * A: @ 300 A 192.0.2.1

client 10.0.0.2 asks one.example A
expect 192.0.2.1
client 10.0.0.2 asks www.one.example A
expect 192.0.2.9
client 10.0.0.2 asks a.mytracker.example A
expect 192.0.2.1
client 10.0.0.2 asks cdn12.example A
expect 192.0.2.1
client 10.0.0.2 asks acdn12.example A
expect 192.0.2.9
