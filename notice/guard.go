package notice

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"syscall"

	"go.yaml.in/yaml/v4"
)

// closedRanges are those that no webhook reaches unless the file says so: they
// belong to this machine or its network (IANA special-purpose registries for IPv4
// and IPv6), or carry an IPv4 address that may. Cloud metadata services are at
// 169.254.169.254 and fd00:ec2::254.
func closedRanges() []netip.Prefix {
	var list []netip.Prefix
	for _, s := range []string{
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
		"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
		"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16",
		"fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
	} {
		list = append(list, netip.MustParsePrefix(s))
	}
	return list
}

// closedBy returns the closed range that ip is in.
func closedBy(ip netip.Addr) (netip.Prefix, bool) {
	for _, p := range closedRanges() {
		if p.Contains(ip) {
			return p, true
		}
	}
	return netip.Prefix{}, false
}

// reachable says whether a webhook may be sent to ip.
func (c *Configuration) reachable(ip netip.Addr) error {
	ip = ip.Unmap().WithZone("")
	closed, isClosed := closedBy(ip)
	if !isClosed {
		return nil
	}
	for _, p := range c.allow {
		if p.Contains(ip) {
			return nil
		}
	}
	return fmt.Errorf("%v is in %v, which webhooks do not reach; if it is meant, write webhooks: {allow: [%v/%d]}", ip, closed, ip, ip.BitLen())
}

// allow reads ranges to be opened. Each lies within one closed range, so that
// nobody opens the metadata service by writing 0.0.0.0/0.
func (r *configReader) allow(n *yaml.Node) []netip.Prefix {
	var list []netip.Prefix
	for _, item := range r.items(n, "webhooks.allow", 100) {
		text, ok := r.text(item, "webhooks.allow")
		if !ok {
			continue
		}
		p, err := netip.ParsePrefix(text)
		if err != nil {
			ip, bad := netip.ParseAddr(text)
			if bad != nil || ip.Zone() != "" {
				r.wrong(item, "webhooks.allow", "this is not a range of addresses", "write it as 10.1.0.0/16")
				continue
			}
			p = netip.PrefixFrom(ip, ip.BitLen())
		}
		closed, isClosed := closedBy(p.Addr())
		if !isClosed || p.Bits() < closed.Bits() {
			r.wrong(item, "webhooks.allow", "the range is open already, or wider than any that is closed", "name the private range that is meant, such as 10.1.0.0/16")
			continue
		}
		list = append(list, p.Masked())
	}
	return list
}

// dialer connects to what c lets webhooks reach, judged by the address that a name
// led to, at the very connection: a name that changes its answer gains nothing.
func (c *Configuration) dialer(loopbackOnly bool) *net.Dialer {
	return &net.Dialer{ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return fmt.Errorf("connecting to %q: %w", address, err)
		}
		if loopbackOnly && !at.Addr().Unmap().IsLoopback() {
			return fmt.Errorf("%v is not loopback, and the URL is http; use https", at.Addr())
		}
		return c.reachable(at.Addr())
	}}
}
