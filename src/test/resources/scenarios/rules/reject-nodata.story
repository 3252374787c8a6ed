title reject_answer: nodata says what it promises

config
    dns {
        use_hosts: false
        upstream {
            quad9: 'udp://9.9.9.9:53'
            home: 'udp://192.168.1.1:53'
        }
        reject_answer: nodata
        routing {
            request {
                qname(suffix: ads.example) -> reject
                fallback: quad9
            }
        }
    }
end
server quad9 at 9.9.9.9
server home at 192.168.1.1
quad9 answers * A: @ 300 A 192.0.2.9
home answers * A: @ 300 A 192.0.2.1

client 10.0.0.2 asks x.ads.example A
expect NOERROR, no records, SOA, ttl 60, EDE 15, at once

quad9 was asked 0 times
