# docker build --build-arg VERSION=v0.1.0 --tag cloudrecording-operator:dev .

# The compiler runs on the machine's own platform and builds for the target's.
FROM --platform=$BUILDPLATFORM golang:1.26 AS build
WORKDIR /src

# Modules are fetched again only when the list of them changes.
COPY go.mod go.sum ./
RUN go mod download

COPY main.go ./
COPY api/ api/
COPY controllers/ controllers/
ARG TARGETOS
ARG TARGETARCH
ARG VERSION=dev
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
    go build -trimpath -ldflags "-s -w -X main.version=$VERSION" -o /manager .

FROM gcr.io/distroless/static:nonroot
ARG VERSION=dev
ARG COMMIT=unknown
ARG DATE=unknown
LABEL org.opencontainers.image.title="cloudrecording-operator" \
      org.opencontainers.image.description="Kubernetes operator for Agora Cloud Recording" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$COMMIT" \
      org.opencontainers.image.created="$DATE"
COPY --from=build /manager /manager
# By number: a kubelet cannot tell from a name that it is not root.
USER 65532:65532
ENTRYPOINT ["/manager"]
