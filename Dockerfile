# docker build --build-arg VERSION=v0.1.0 --tag cloudrecording-operator:dev .

# Base images are named by the digest of their index, which holds all platforms: what
# is built is what was looked at. To move to a newer one, change tag and digest together.

# The compiler runs on the machine's own platform and builds for the target's.
FROM --platform=$BUILDPLATFORM golang:1.26.8@sha256:0f063af2d465d8dcae54cce04278ada488b96f77b42449c8d071e47d016cc65a AS build
WORKDIR /src

# Modules are fetched again only when the list of them changes.
COPY go.mod go.sum ./
RUN go mod download

COPY main.go ./
COPY api/ api/
COPY controllers/ controllers/
COPY hack/notices/ hack/notices/
ARG TARGETOS
ARG TARGETARCH
ARG VERSION=dev
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
    go build -trimpath -ldflags "-s -w -X main.version=$VERSION" -o /manager .
# The licenses of all that is linked into it.
RUN go run ./hack/notices --platform "$TARGETOS/$TARGETARCH" >/THIRD_PARTY_NOTICES

FROM gcr.io/distroless/static:nonroot@sha256:e2e927ec666bae08560abb3c55d0659eceabb657f56b6782ab500a9fc7f555e3
ARG VERSION=dev
ARG COMMIT=unknown
ARG DATE=unknown
LABEL org.opencontainers.image.title="cloudrecording-operator" \
      org.opencontainers.image.description="Kubernetes operator for Agora Cloud Recording" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$COMMIT" \
      org.opencontainers.image.created="$DATE"
COPY LICENSE /licenses/LICENSE
COPY --from=build /THIRD_PARTY_NOTICES /licenses/THIRD_PARTY_NOTICES
COPY --from=build /manager /manager
# By number: a kubelet cannot tell from a name that it is not root.
USER 65532:65532
ENTRYPOINT ["/manager"]
