title geosite with an attribute takes only the names that have it

geosite apple suffix:apple.example suffix:apple-cn.example@cn
config
    dns {
        use_hosts: false
        upstream {
            quad9: 'udp://9.9.9.9:53'
            home: 'udp://192.168.1.1:53'
        }
        routing {
            request {
                qname(geosite:apple@cn) -> home
                fallback: quad9
            }
        }
    }
end
server quad9 at 9.9.9.9
server home at 192.168.1.1
quad9 answers * A: @ 300 A 192.0.2.9
home answers * A: @ 300 A 192.0.2.1

client 10.0.0.2 asks www.apple-cn.example A
expect 192.0.2.1
client 10.0.0.2 asks www.apple.example A
expect 192.0.2.9
