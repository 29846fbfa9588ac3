// SPDX-License-Identifier: Apache-2.0

package conversion

import "errors"

// ingress are the defaults of values from the example Ingress for notifications.
type ingress struct{ host, path, secret string }

func readIngress(object Object) (ingress, error) {
	rule, ok := first(object.section("spec")["rules"])
	if !ok {
		return ingress{}, errors.New("it has no rule")
	}
	path, ok := first(Object(rule).section("http")["paths"])
	if !ok {
		return ingress{}, errors.New("it has no path")
	}
	tls, ok := first(object.section("spec")["tls"])
	if !ok {
		return ingress{}, errors.New("it has no certificate")
	}
	return ingress{host: text(rule["host"]), path: text(path["path"]), secret: text(tls["secretName"])}, nil
}

func first(list any) (map[string]any, bool) {
	items, _ := list.([]any)
	if len(items) == 0 {
		return nil, false
	}
	item, ok := items[0].(map[string]any)
	return item, ok
}

// writeIngress writes the example Ingress with the values in it.
func (c *chart) writeIngress() error {
	d := &document{}
	object, err := c.convert(d, c.sources.Ingress)
	if err != nil {
		return err
	}
	replaceStrings(map[string]any(object), map[string]string{
		c.ingress.host:   d.expression(`required "notifications.ingress.host is empty: set it to the host name that Agora sends notifications to" $.Values.notifications.ingress.host | quote`),
		c.ingress.secret: d.expression(". | quote"),
	})
	d.setOptional(object.section("metadata"), "annotations", "$.Values.notifications.ingress.annotations")
	spec := object.section("spec")
	tls := spec["tls"]
	delete(spec, "tls")
	spec["tls"+d.mark(d.with("$.Values.notifications.ingress.tlsSecretName", map[string]any{"tls": tls}))] = nil
	d.setOptionalText(spec, "ingressClassName", "$.Values.notifications.ingress.className")
	return c.writeTemplate(d, c.sources.Ingress.fileName(), object, onNotifications, "$.Values.notifications.ingress.enabled")
}
