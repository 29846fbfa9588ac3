// SPDX-License-Identifier: Apache-2.0

package verify_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"golang.org/x/net/dns/dnsmessage"

	"cloudrecording.dev/operator/controllers/storage"
	"cloudrecording.dev/operator/controllers/storage/verify"
)

// nameService starts a DNS server that resolves every name to one address, and returns a
// resolver that uses it.
func nameService(address netip.Addr) *net.Resolver {
	GinkgoHelper()
	socket, err := (&net.ListenConfig{}).ListenPacket(context.Background(), "udp", "127.0.0.1:0")
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(socket.Close)
	go func() {
		for buffer := make([]byte, 512); ; {
			count, from, err := socket.ReadFrom(buffer)
			if err != nil {
				return
			}
			if answer, err := resolved(buffer[:count], address); err == nil {
				_, _ = socket.WriteTo(answer, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", socket.LocalAddr().String())
	}}
}

// resolved returns the answer to a DNS question.
func resolved(question []byte, address netip.Addr) ([]byte, error) {
	var message dnsmessage.Message
	if err := message.Unpack(question); err != nil {
		return nil, fmt.Errorf("read the question: %w", err)
	}
	message.Response, message.Additionals = true, nil
	if asked := message.Questions[0]; asked.Type == dnsmessage.TypeA {
		header := dnsmessage.ResourceHeader{Name: asked.Name, Class: asked.Class, TTL: 1}
		message.Answers = []dnsmessage.Resource{{Header: header, Body: &dnsmessage.AResource{A: address.As4()}}}
	}
	return message.Pack()
}

var _ = Describe("The name of a storage service", func() {
	loopback := netip.MustParseAddr("127.0.0.1")

	// listener starts a service on the loopback address. It returns an endpoint with a
	// name, and the number of connections.
	listener := func() (endpoint string, connections *atomic.Int64) {
		connections = &atomic.Int64{}
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, listing(""))
		}))
		server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				connections.Add(1)
			}
		}
		server.Start()
		DeferCleanup(server.Close)
		parsed, err := url.Parse(server.URL)
		Expect(err).NotTo(HaveOccurred())
		return "http://storage.example.com:" + parsed.Port(), connections
	}

	look := func(ctx context.Context, endpoint string, allowed ...netip.Prefix) error {
		endpoints, err := storage.ParseEndpoints([]string{endpoint})
		Expect(err).NotTo(HaveOccurred())
		verifier := verify.New(verify.Options{Endpoints: endpoints}).WithResolver(nameService(loopback), allowed...)
		location := storage.Location{Vendor: 11, Endpoint: endpoint, Bucket: "recordings"}
		_, err = verifier.Verify(ctx, location, credentials, storage.Recording{SID: sid})
		return err
	}

	It("does not lead to this machine", func(ctx SpecContext) {
		endpoint, connections := listener()
		err := look(ctx, endpoint)
		Expect(kindOf(err)).To(Equal(storage.EndpointNotAllowed), "%v", err)
		Expect(err.Error()).To(ContainSubstring("--allowed-storage-addresses"))
		Expect(err.Error()).NotTo(ContainSubstring("127.0.0.1"), "where a name leads to is not for everybody")
		Expect(connections.Load()).To(BeZero())
	})

	It("leads to an address that is allowed", func(ctx SpecContext) {
		endpoint, connections := listener()
		Expect(look(ctx, endpoint, netip.MustParsePrefix("127.0.0.0/8"))).To(Succeed())
		Expect(connections.Load()).NotTo(BeZero())
	})

	DescribeTable("leads to public addresses only", func(address string, public bool) {
		Expect(verify.IsDialed(address)).To(Equal(public))
		Expect(verify.IsDialed(address, netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0"))).To(BeTrue())
	},
		Entry(nil, "52.219.170.10", true),
		Entry(nil, "100.128.0.1", true),
		Entry(nil, "172.32.0.1", true),
		Entry(nil, "2600:1fa0::1", true),
		Entry("an IPv4 address within an IPv6 one", "::ffff:52.219.170.10", true),
		Entry("this machine", "127.0.0.53", false),
		Entry("this machine", "::1", false),
		Entry("this machine, in IPv6", "::ffff:127.0.0.1", false),
		Entry("any address", "0.0.0.0", false),
		Entry("any address", "::", false),
		Entry("a cloud's metadata", "169.254.169.254", false),
		Entry("a cloud's metadata", "fd00:ec2::254", false),
		Entry("a cloud's metadata behind NAT64", "64:ff9b::a9fe:a9fe", false),
		Entry("a link", "fe80::1", false),
		Entry("a link with its zone", "fe80::1%eth0", false),
		Entry("a cluster", "10.96.0.1", false),
		Entry("a cluster", "172.16.0.1", false),
		Entry("a cluster", "192.168.0.1", false),
		Entry("a cluster", "100.64.0.1", false),
		Entry("a cluster", "fd12::1", false),
		Entry("a group", "224.0.0.1", false),
		Entry("a group", "ff02::1", false),
		Entry("all", "255.255.255.255", false),
		Entry("an IPv4 address within 6to4", "2002:7f00:1::", false),
	)

	DescribeTable("is for a proxy to resolve, where there is one", func(proxy, address string) {
		Expect(verify.ProxyAddresses(proxy)).To(Equal([]string{address}))
	},
		Entry(nil, "http://proxy.example.com", "proxy.example.com:80"),
		Entry(nil, "proxy.example.com:3128", "proxy.example.com:3128"),
		Entry(nil, "https://user:secret@proxy.example.com", "proxy.example.com:443"),
		Entry(nil, "socks5://[::1]", "[::1]:1080"),
	)

	DescribeTable("is allowed for addresses and ranges", func(text, prefix string) {
		Expect(verify.ParseAddresses([]string{"", text})).To(Equal([]netip.Prefix{netip.MustParsePrefix(prefix)}))
	},
		Entry(nil, "10.96.0.1", "10.96.0.1/32"),
		Entry(nil, " 10.96.0.1/12", "10.96.0.0/12"),
		Entry(nil, "fd12::1", "fd12::1/128"),
	)

	DescribeTable("is not allowed for anything else", func(text string) {
		_, err := verify.ParseAddresses([]string{text})
		Expect(err).To(MatchError(ContainSubstring("10.96.0.0/12")))
	},
		Entry(nil, "minio.storage.svc"),
		Entry(nil, "10.96.0.0/33"),
		Entry(nil, "fe80::1%eth0"),
	)
})
